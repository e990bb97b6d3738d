"""Whether telling people changed what they did: the difference of two shares, with its interval.

Newcombe's hybrid score interval (Newcombe 1998, Statistics in Medicine 17:873-890, method 10),
from Wilson's interval for one share (Wilson 1927, JASA 22:209-212): good also for small groups
and for shares near nothing.  Knows no words and no row.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

CONFIDENCE = 0.95
FEWEST = 20
"""People in the smaller group below whom nothing is said."""

Verdict = Literal["too_few", "helped", "harmed", "unclear"]


@dataclass(frozen=True, slots=True)
class Effect:
    """How much more often people did something who were told, as a difference of shares.

    told, held   the share among those who were told, and among those who were not
    low, high    the interval that covers the true difference in 95 of 100 such trials
    """

    told: float
    held: float
    low: float
    high: float
    verdict: Verdict

    @property
    def difference(self) -> float:
        return self.told - self.held


def wilson(count: int, size: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a share of `count` in `size`; everything is possible of an empty group."""
    if size == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, scale = count / size, 1 + z * z / size
    middle = (share + z * z / (2 * size)) / scale
    half = z / scale * sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)


def effect(told: int, told_size: int, held: int, held_size: int) -> Effect:
    """The effect of telling `told_size` people of whom `told` did it, and `held_size` not."""
    one = told / told_size if told_size else 0.0
    other = held / held_size if held_size else 0.0
    (low_one, high_one), (low_other, high_other) = wilson(told, told_size), wilson(held, held_size)
    low = one - other - sqrt((one - low_one) ** 2 + (high_other - other) ** 2)
    high = one - other + sqrt((high_one - one) ** 2 + (other - low_other) ** 2)
    verdict: Verdict = "unclear"
    if min(told_size, held_size) < FEWEST:
        verdict = "too_few"
    elif low > 0:
        verdict = "helped"
    elif high < 0:
        verdict = "harmed"
    return Effect(one, other, max(-1.0, low), min(1.0, high), verdict)

"""What is set of broadcasts, and how handlers want it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from handlers.manners import Manners


@dataclass(frozen=True, slots=True)
class BroadcastsSettings:
    per_month: int = 2
    approve_above: int = 1000
    holdout_percent: int = 5
    lost_percent: int = 20
    left_percent: int = 3
    judged_after: int = 200
    effect_days: int = 7

    def manners(
        self, paces: Mapping[str, int], prices: Mapping[str, int], fixed: Mapping[str, int]
    ) -> Manners:
        """The same as handlers want it; what is not set here is said there."""
        return Manners(
            per_month=self.per_month,
            approve=self.approve_above,
            holdout=self.holdout_percent,
            lost=self.lost_percent,
            left=self.left_percent,
            judged=self.judged_after,
            window=timedelta(days=self.effect_days),
            paces=paces,
            prices=prices,
            fixed=fixed,
        )

"""How people are told things without being asked: the office's choices of config.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Manners:
    """What broadcasts keep to.

    per_month    most news to one person in 30 days; 0: none, and nobody is asked whether they
                 want any
    approve      more people than this need a second pair of eyes
    holdout      percent who get nothing, so that an effect can be seen
    lost, left   percent of messages not delivered, and of people who want no more, above which
                 a broadcast is paused
    judged       so many messages later the two are looked at again
    paces        messages that each channel takes a second
    prices       rupiah: "marketing" and "utility" for a WhatsApp template, "message" for each
                 message on WhatsApp on top of it, "sms" for each part; 0: not set
    fixed        characters of WhatsApp's approved templates besides their values, by name
    window       after how long an effect is measured
    """

    per_month: int = 2
    approve: int = 1000
    holdout: int = 5
    lost: int = 20
    left: int = 3
    judged: int = 200
    window: timedelta = timedelta(days=7)
    paces: Mapping[str, int] = field(default_factory=lambda: {"telegram": 30})
    prices: Mapping[str, int] = field(default_factory=dict)
    fixed: Mapping[str, int] = field(default_factory=dict)

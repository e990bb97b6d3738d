"""What was aimed at, and whether it was reached."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Figures = Mapping[str, Mapping[str, float]]
"""What each part measured."""


@dataclass(frozen=True)
class Aim:
    """One line of the summary; without an aim it is there to compare."""

    what: str
    find: Callable[[Figures], float]
    shown: str
    least: float | None = None
    most: float | None = None


AIMS = (
    Aim("(a) durable turns a second", lambda f: f["turns"]["group 32"], "{:,.0f}", least=4_000),
    Aim("(b) webhook updates a second", lambda f: f["webhook"]["rate"], "{:,.0f}", least=700),
    Aim("(b) p99 at 700 a second", lambda f: f["webhook"]["p99"], "{:.0f} ms", most=100),
    Aim(
        "(a) ÷ (c), 1,000 people known",
        lambda f: f["ptb"]["as it comes 1000"],
        "{:.0f}×",
        least=50,
    ),
    Aim(
        "(a) ÷ (c), 1,000 people known, at its fastest",
        lambda f: f["ptb"]["at its fastest 1000"],
        "{:.0f}×",
    ),
    Aim("(a) ÷ (c), 10,000 people known", lambda f: f["ptb"]["as it comes 10000"], "{:.0f}×"),
    Aim(
        "(a) ÷ (c), 10,000 people known, at its fastest",
        lambda f: f["ptb"]["at its fastest 10000"],
        "{:.0f}×",
    ),
    Aim("(a) ÷ (d), which keeps nothing", lambda f: f["aiogram_fsm"]["ratio"], "{:.2f}"),
    Aim("(a) ÷ (e), the raw limit", lambda f: f["raw"]["share 32"], "{:.2f}", least=0.1),
    Aim(
        "(f) signed WhatsApp forms a second",
        lambda f: f["whatsapp"]["rate"],
        "{:,.0f}",
        least=500,
    ),
    Aim("(f) p99 at 50 a second", lambda f: f["whatsapp"]["p99"], "{:.0f} ms", most=100),
    Aim("due: reminders of drafts a second", lambda f: f["due"]["draft"], "{:,.0f}", least=5_000),
    Aim("due: reminders of results a second", lambda f: f["due"]["ready"], "{:,.0f}", least=5_000),
    Aim("due: rows dropped a second", lambda f: f["due"]["dropped"], "{:,.0f}", least=5_000),
    Aim("due: a look while many wait ÷ none", lambda f: f["due"]["ratio"], "{:.2f}", most=1.3),
    Aim("broadcast: a million found", lambda f: f["broadcast"]["found"], "{:.1f} s", most=30),
    Aim("broadcast: memory grown", lambda f: f["broadcast"]["found memory"], "{:.0f} MB", most=20),
    *(
        aim
        for channel in ("telegram", "whatsapp")
        for aim in (
            Aim(
                f"broadcast: share of {channel}'s limit",
                lambda f, name=f"{channel} share": f["broadcast"][name],
                "{:.1%}",
                least=0.98,
            ),
            Aim(
                f"broadcast: refused by {channel}",
                lambda f, name=f"{channel} refused": f["broadcast"][name],
                "{:.0f}",
                most=0,
            ),
            Aim(
                f"broadcast: p99 of a reply, {channel}",
                lambda f, name=f"{channel} p99": f["broadcast"][name],
                "{:.2f} s",
                most=2,
            ),
        )
    ),
    Aim("growth: large ÷ empty", lambda f: f["growth"]["ratio"], "{:.2f}", most=1.3),
    Aim("desk: slowest page, p95, SQLite", lambda f: f["desk"]["SQLite p95"], "{:.0f} ms", most=50),
    Aim(
        "desk: slowest page, p95, PostgreSQL",
        lambda f: f["desk"]["PostgreSQL p95"],
        "{:.0f} ms",
        most=50,
    ),
    Aim("start to first reply", lambda f: f["webhook"]["start"], "{:.1f} s", most=2.5),
    Aim("memory after the load", lambda f: f["webhook"]["memory"], "{:.0f} MB", most=150),
)


def aims(figures: Figures) -> Iterator[tuple[str, str, str, str]]:
    """(what, measured, aim, verdict) for all that these parts measured."""
    for aim in AIMS:
        try:
            value = aim.find(figures)
        except KeyError:  # that part was not run
            continue
        wanted, verdict = "", ""
        if aim.least is not None:
            wanted, verdict = f"≥ {aim.shown}".format(aim.least), _word(value >= aim.least)
        if aim.most is not None:
            wanted, verdict = f"≤ {aim.shown}".format(aim.most), _word(value <= aim.most)
        yield aim.what, aim.shown.format(value), wanted, verdict


def _word(reached: bool) -> str:
    return "reached" if reached else "**missed**"

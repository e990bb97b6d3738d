"""The page of the health protocol: which level holds, and setting one for some days."""

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Form, go, page, sight
from flows.health import LEVELS, Rule
from handlers import health
from handlers.errors import Rejected
from handlers.staff import Officer

HERE = "/desk/health"


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """What holds now and was set for later."""
    return await _page(desk, request, officer)


async def change(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Set a level; when appointments have to move for it, ask before."""
    see = sight(desk, officer)
    try:
        rule = _read(form)
        expected = int(form.one("expected")) if form.one("expected").isdigit() else 0
        await desk.gate.write(lambda tx: health.set_level(tx, see(tx), rule, expected))
    except Rejected as rejected:
        if rejected.code == "more_affected":
            moved = await desk.gate.read(lambda tx: health.would_displace(tx, see(tx), rule))
            return await _page(desk, request, officer, 409, form, moved=moved)
        return await _page(desk, request, officer, 422, form, trouble=rejected.code)
    desk.wake()
    return go(desk, HERE, "health_set")


def _read(form: Form) -> Rule:
    """What was filled in.  Raises Rejected: days_wrong."""
    try:
        last = form.one("last")
        return Rule(
            form.one("level"),
            date.fromisoformat(form.one("first")),
            date.fromisoformat(last) if last else None,
        )
    except ValueError:
        raise Rejected("days_wrong") from None


async def _page(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    form: Form | None = None,
    *,
    trouble: str = "",
    moved: int = 0,
) -> Response:
    """The protocol; `form` as it was filled in, refused for `trouble` or because people move."""
    see = sight(desk, officer)
    shown = await desk.gate.read(lambda tx: health.show(tx, see(tx)))
    say = desk.house.words.say
    filled = {name: form.one(name) for name in ("level", "first", "last")} if form else {}
    return page(
        desk, request, officer, "health.html", status, view=shown, levels=LEVELS,
        lines={each: say(f"protocol_{each}") for each in ("basic", "strict")},
        filled={"level": shown.level, "first": shown.today.isoformat(), "last": "", **filled},
        trouble=trouble, moved=moved,
    )  # fmt: skip

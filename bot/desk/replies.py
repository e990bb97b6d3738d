"""What this office says often: seen, added to, changed and dropped."""

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Form, go, page, sight
from handlers import canned
from handlers.errors import Rejected
from handlers.staff import Officer

REPLIES = "/desk/replies"


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """All of them."""
    return await _page(desk, request, officer)


async def save(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Keep one; what cannot be kept stays in the form with its reason."""
    see, title, text = sight(desk, officer), form.one("title"), form.one("text")
    try:
        await desk.gate.write(lambda tx: canned.save(tx, see(tx), title, text))
    except Rejected as rejected:
        return await _page(
            desk, request, officer, 422, title=title, text=text, trouble=rejected.code
        )
    return go(desk, REPLIES, "reply_saved")


async def drop(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Forget one of the office's own."""
    see, title = sight(desk, officer), form.one("title")
    await desk.gate.write(lambda tx: canned.drop(tx, see(tx), title))
    return go(desk, REPLIES, "reply_dropped")


async def _page(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    *,
    title: str = "",
    text: str = "",
    trouble: str = "",
) -> Response:
    """The list; title, text and trouble: what could not be kept, and why."""
    see = sight(desk, officer)
    found = await desk.gate.read(lambda tx: canned.every(tx, see(tx)))
    return page(
        desk, request, officer, "replies.html", status,
        replies=found, variables=desk.house.replies.variables, title=title, text=text,
        trouble=trouble,
    )  # fmt: skip

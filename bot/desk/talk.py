"""An officer talks with a citizen: what was said, a field to write in, and who holds the chat."""

import asyncio
import hmac

from starlette.requests import Request
from starlette.responses import Response

from bot.desk import documents
from bot.desk.base import HOME, Desk, Form, Stop, go, page, sight
from bot.desk.intake import kept
from bot.desk.ticket import named
from flows.model import Sent
from handlers import canned, conversation, talks, viewing
from handlers.doors import DESK as UPLOADS
from handlers.errors import Rejected
from handlers.staff import Officer
from storage import attachments
from storage.files import IDENTITY

LAST = 2**63 - 1
"""The largest id that a database holds."""
STALE = ("talk_taken", "talk_over")
"""Somebody was quicker: the page shows how the talk stands now."""
PLAYED = ("audio/ogg", "audio/mpeg", "audio/mp4")
"""Sounds that browsers play in the page; others are handed over."""
LOOKS, PAUSE = 20, 0.3
"""How often, and after how many seconds, to look whether a file has been examined."""


async def begin_about(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Hold the chat of a ticket's citizen, or see who does."""
    see, number = sight(desk, officer), named(request)
    try:
        talk = await desk.gate.write(lambda tx: conversation.begin_about(tx, see(tx), number))
    except Rejected:
        raise Stop(404, "not_found") from None
    desk.wake()
    return go(desk, f"/desk/talks/{talk}")


async def begin_from(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Hold the chat in which a question was asked."""
    see, question = sight(desk, officer), min(request.path_params["question"], LAST)
    try:
        talk = await desk.gate.write(lambda tx: conversation.begin_from(tx, see(tx), question))
    except Rejected:
        raise Stop(404, "not_found") from None
    desk.wake()
    return go(desk, f"/desk/talks/{talk}")


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The talk."""
    return await _page(desk, request, officer)


async def say(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Say something to the citizen, or put a canned reply into the field.

    What cannot be said stays there.
    """
    talk, text, now = _talk(request), form.one("text"), desk.clock()
    if form.one("do") == "insert":
        see, title = sight(desk, officer), form.one("canned")
        more = await desk.gate.read(lambda tx: canned.filled(tx, see(tx), talk, title))
        text = "\n".join(filter(None, (text.rstrip(), more)))
        return await _page(desk, request, officer, text=text)
    office = desk.house.office(officer.office_id)
    try:
        await desk.gate.write(
            lambda tx: talks.say(tx, desk.house, office, talk, officer.login, text, now)
        )
    except Rejected as rejected:
        return await _refused(desk, request, officer, rejected, text)
    desk.wake()
    return go(desk, f"/desk/talks/{talk}#write", "said")


async def enclose(desk: Desk, request: Request, officer: Officer) -> Response:
    """Send the citizen a photo or PDF: examined like theirs, then promised like any word."""
    talk, now, see = _talk(request), desk.clock(), sight(desk, officer)
    office = desk.house.office(officer.office_id)
    try:
        await desk.gate.read(lambda tx: conversation.of_talk(tx, see(tx), talk))
        async with kept(desk, request, officer.office_id) as (fields, said):
            if not hmac.compare_digest(fields.get("csrf", "").encode(), officer.csrf.encode()):
                raise Stop(403, "stale")
            assert isinstance(said.event, Sent)
            file, caption = said.event.attachment, fields.get("caption", "")
            remote = {**said.remote, "channel": UPLOADS}
            await desk.gate.write(
                lambda tx: talks.enclose(
                    tx, office, talk, officer.login, file, "photo", caption, remote, now
                )
            )
    except Rejected as rejected:
        if rejected.code == "unknown":
            raise Stop(404, "not_found") from None
        return await _refused(desk, request, officer, rejected)
    desk.wake()
    state = await _examined(desk, file)
    if state == "refused":
        return await _page(desk, request, officer, 422, trouble="file_refused")
    return go(desk, f"/desk/talks/{talk}#write", "said" if state == "stored" else "file_waits")


async def _examined(desk: Desk, file: str) -> str:
    """The state of a file, after a moment if it is still being examined."""
    for _ in range(LOOKS):
        row = await desk.gate.read(lambda tx: attachments.get(tx, file))
        if row is not None and row.state != "waiting":
            return str(row.state)
        await asyncio.sleep(PAUSE)
    return "waiting"


async def take(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Hold the chat instead of the colleague whom the page named."""
    talk, was, now = _talk(request), form.one("holder"), desk.clock()
    office = desk.house.office(officer.office_id)
    try:
        await desk.gate.write(
            lambda tx: talks.take_over(tx, desk.house, office, talk, was, officer.login, now)
        )
    except Rejected as rejected:
        return await _refused(desk, request, officer, rejected)
    desk.wake()
    return go(desk, f"/desk/talks/{talk}", "talk_taken")


async def end(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """The chat is the bot's again."""
    talk, now = _talk(request), desk.clock()
    office = desk.house.office(officer.office_id)
    try:
        number = await desk.gate.write(
            lambda tx: talks.end(tx, desk.house, office, talk, officer.login, now)
        )
    except Rejected as rejected:
        return await _refused(desk, request, officer, rejected)
    desk.wake()
    return go(desk, f"/desk/tickets/{number}" if number else HOME, "talk_ended")


async def file(desk: Desk, request: Request, officer: Officer) -> Response:
    """A photo, paper or voice note of a talk; every look is written down first.

    What can be seen carries the name of whoever looks, as a ticket's files do.
    """
    see, wanted = sight(desk, officer), request.path_params["file"]
    if not IDENTITY.fullmatch(wanted):
        raise Stop(404, "not_found")
    try:
        row, when = await desk.gate.write(lambda tx: viewing.said(tx, see(tx), wanted))
    except Rejected:
        raise Stop(404, "not_found") from None
    if row.media_type in documents.DISPOSITIONS:
        return await documents.marked(desk, request, officer, row, when)
    data = await asyncio.to_thread(desk.vault.get, row.id, row.office_id)
    how = "inline" if row.media_type in PLAYED else "attachment"
    headers = {
        "content-disposition": f'{how}; filename="{row.kind}"',
        "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    return Response(data, media_type=row.media_type, headers=headers)


async def _refused(
    desk: Desk, request: Request, officer: Officer, rejected: Rejected, text: str = ""
) -> Response:
    status = 409 if rejected.code in STALE else 422
    return await _page(desk, request, officer, status, text=text, trouble=rejected.code)


async def _page(
    desk: Desk,
    request: Request,
    officer: Officer,
    status: int = 200,
    *,
    text: str = "",
    trouble: str = "",
) -> Response:
    see, talk = sight(desk, officer), _talk(request)
    try:
        shown = await desk.gate.read(lambda tx: conversation.of_talk(tx, see(tx), talk))
        replies = await desk.gate.read(lambda tx: canned.every(tx, see(tx)))
    except Rejected:
        raise Stop(404, "not_found") from None
    return page(
        desk,
        request,
        officer,
        "talk.html",
        status,
        talk=shown,
        text=text,
        trouble=trouble,
        replies=replies,
    )


def _talk(request: Request) -> int:
    return min(int(request.path_params["talk"]), LAST)

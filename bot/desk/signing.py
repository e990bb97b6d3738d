"""A ticket's result, signed and stamped: uploaded, sent, taken back, and confirmed to anybody."""

import asyncio
import hmac
import re
from dataclasses import asdict
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from bot.cell import CellDied
from bot.desk.base import Desk, Form, Stop, go, sight
from bot.desk.binding import bind
from bot.desk.doors import address
from bot.desk.intake import received
from bot.desk.ticket import named, refused
from bot.examined import Examined, Unfit
from bot.paper import qr
from handlers import signing
from handlers.errors import Rejected
from handlers.signing import Proof, Scan
from handlers.staff import Officer

ELECTRONIC = re.compile(rb"/ByteRange\s*\[")
"""A PDF with a certified signature (ISO 32000-1, 12.8): writing it anew would break that."""
TROUBLES = {"too_big": "signed_big", "pdf_locked": "signed_locked", "pdf_pages": "signed_pages"}


async def add(desk: Desk, request: Request, officer: Officer) -> Response:
    """Keep a scan or photo as the ticket's result, with a sheet that confirms it."""
    see, number = sight(desk, officer), named(request)
    try:
        await desk.gate.read(lambda tx: signing.find(tx, see(tx), number))
        if not request.headers.get("content-type", "").startswith("multipart/"):
            raise Stop(403, "stale")
        async with received(desk, request) as form:
            if not hmac.compare_digest(form.fields.get("csrf", "").encode(), officer.csrf.encode()):
                raise Stop(403, "stale")
            good = await take_in(desk, request, officer, number, form.data or b"")
    except Rejected as rejected:
        if rejected.code == "unknown":
            raise Stop(404, "not_found") from None
        return await refused(desk, request, officer, rejected.code, "signed")
    note = "signed_added" if good else "signed_doubtful"
    return go(desk, f"/desk/tickets/{number}#signed", note)


async def take_in(desk: Desk, request: Request, officer: Officer, number: str, data: bytes) -> bool:
    """Examine, bind and keep a scan; whether it can be read well.  Raises Rejected."""
    see = sight(desk, officer)
    sheet = await desk.gate.read(lambda tx: signing.plan(tx, see(tx), number))
    examined = await _examined(desk, data)
    token = desk.house.token()
    check = address(desk, request, f"v/{token}")
    said = {**asdict(sheet), "check": check, "qr": qr(check)}
    last = await desk.press.print("proof", said, desk.clock())
    whole = await asyncio.to_thread(bind, examined, last)
    await _keep(desk, officer, number, token, whole)
    return examined.verdict == "good"


async def _keep(desk: Desk, officer: Officer, number: str, token: str, whole: bytes) -> None:
    see, file = sight(desk, officer), f"signed-{token}"
    kept = await asyncio.to_thread(desk.vault.put, file, officer.office_id, whole)
    scan = Scan(token, file, kept.sha256, kept.size)
    try:
        await desk.gate.write(lambda tx: signing.keep(tx, see(tx), number, scan))
    except BaseException:
        await asyncio.to_thread(desk.vault.delete, file)
        raise


async def _examined(desk: Desk, data: bytes) -> Examined:
    """The scan, written anew.  Raises Rejected."""
    if ELECTRONIC.search(data):
        raise Rejected("signed_electronic")
    try:
        return await desk.cell.examine(data)
    except CellDied:
        raise Rejected("signed_unfit") from None
    except Unfit as unfit:
        raise Rejected(TROUBLES.get(unfit.code, "signed_unfit")) from None


async def send(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Send it to the citizen's chat."""
    see, number = sight(desk, officer), named(request)
    try:
        await desk.gate.write(lambda tx: signing.send(tx, see(tx), number))
    except Rejected as rejected:
        return await refused(desk, request, officer, rejected.code, "signed")
    desk.wake()
    return go(desk, f"/desk/tickets/{number}#signed", "signed_sent")


async def drop(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """It was the wrong one."""
    see, number = sight(desk, officer), named(request)
    try:
        await desk.gate.write(lambda tx: signing.drop(tx, see(tx), number))
    except Rejected as rejected:
        return await refused(desk, request, officer, rejected.code, "signed")
    return go(desk, f"/desk/tickets/{number}#signed", "signed_dropped")


async def proof(desk: Desk, request: Request) -> Proof | None:
    """What is known by the name in the address."""
    token, now = request.path_params["token"], desk.clock()
    return await desk.gate.read(lambda tx: signing.confirm(tx, desk.house, token, now))


def page(desk: Desk, request: Request, found: Proof, same: str = "") -> Response:
    """The public page.  `same`: "yes" or "no" when a file was held against it."""
    token = request.path_params["token"]
    return desk.pages.render("proof.html", token=token, proof=found, same=same)


async def compare(desk: Desk, request: Request) -> Response:
    """Hold somebody's file against the result: nothing of it is kept."""
    found = await proof(desk, request)
    if found is None or not found.sha256:
        raise Stop(404, "letter_unknown")
    async with received(desk, request) as form:
        given = sha256(form.data or b"").hexdigest()
    return page(desk, request, found, "yes" if given == found.sha256 else "no")

"""A citizen's file, out of the vault: only for their own office, marked with who looks.

Every look is written down before anything is shown, and what is shown names its viewer, so that
a copy of it does too.
"""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.desk import leaves
from bot.desk.base import Desk, Stop, sight
from handlers import viewing
from handlers.errors import Rejected
from handlers.staff import Officer
from storage.files import IDENTITY

DISPOSITIONS = {"image/jpeg": ("inline", "jpg"), "application/pdf": ("attachment", "pdf")}
"""The kinds that the examination writes anew: a picture is shown, a PDF is handed over."""


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The file of a ticket of this office.

    In the address may stand `turn` (quarters clockwise), `small` (enough for a page of many) and
    `page` (one page of a PDF, as a picture).
    """
    see, file = sight(desk, officer), request.path_params["file"]
    if not IDENTITY.fullmatch(file):
        raise Stop(404, "not_found")
    try:
        row, when = await desk.gate.write(lambda tx: viewing.look(tx, see(tx), file))
    except Rejected:
        raise Stop(404, "not_found") from None
    if row.media_type not in DISPOSITIONS:
        raise Stop(404, "not_found")
    return await marked(desk, request, officer, row, when)


async def marked(desk: Desk, request: Request, officer: Officer, row: Any, when: str) -> Response:
    """A picture or PDF with the name of its viewer; `when` they look."""
    data = await asyncio.to_thread(desk.vault.get, row.id, row.office_id)
    kind = row.media_type
    if kind == "application/pdf" and (page := request.query_params.get("page", "")):
        data, kind = await _page(data, page), "image/jpeg"
    mark = f"{officer.name} ({officer.login}) \u00b7 {when}"
    shown = await asyncio.to_thread(_marked, data, kind, mark, request)
    how, ending = DISPOSITIONS[kind]
    return Response(
        shown,
        media_type=kind,
        headers={
            "content-disposition": f'{how}; filename="{row.number or row.kind}.{ending}"',
            "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        },
    )


async def _page(data: bytes, wanted: str) -> bytes:
    """That page of a PDF, counted from 1, as a picture."""
    amount = await asyncio.to_thread(leaves.count, data)
    if not wanted.isdecimal() or len(wanted) > 3 or not 1 <= int(wanted) <= amount:
        raise Stop(404, "not_found")
    return await asyncio.to_thread(leaves.draw, data, int(wanted))


def _marked(data: bytes, kind: str, mark: str, request: Request) -> bytes:
    from bot.desk import stamp  # draws: not for a program in which nobody looks at a photo

    if kind == "application/pdf":
        return stamp.pdf(data, mark)
    asked = request.query_params
    turn = int(asked["turn"]) if asked.get("turn") in ("1", "2", "3") else 0
    return stamp.picture(data, mark, turn, stamp.SMALL if "small" in asked else stamp.LARGEST)

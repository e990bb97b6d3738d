"""A citizen's file, out of the vault: only for their own office, and every look is written down."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Stop, sight
from handlers import dossier
from handlers.errors import Rejected
from handlers.staff import Officer
from storage.files import IDENTITY

DISPOSITIONS = {"image/jpeg": ("inline", "jpg"), "application/pdf": ("attachment", "pdf")}
"""The kinds that the examination writes anew: a picture is shown, a PDF is handed over."""


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The file of a ticket of this office."""
    see, file = sight(desk, officer), request.path_params["file"]
    if not IDENTITY.fullmatch(file):
        raise Stop(404, "not_found")
    try:
        row = await desk.gate.read(lambda tx: dossier.file(tx, see(tx), file))
        if row.media_type not in DISPOSITIONS:
            raise Rejected("unknown")
        if not await desk.gate.read(lambda tx: dossier.viewed(tx, see(tx), file)):
            await desk.gate.write(lambda tx: dossier.view(tx, see(tx), file))
    except Rejected:
        raise Stop(404, "not_found") from None
    data = await asyncio.to_thread(desk.vault.get, row.id, row.office_id)
    how, ending = DISPOSITIONS[row.media_type]
    return Response(
        data,
        media_type=row.media_type,
        headers={
            "content-disposition": f'{how}; filename="{row.number}.{ending}"',
            "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        },
    )

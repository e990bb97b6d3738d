"""The slip of a ticket as a PDF, for the printer at the counter."""

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Stop, sight
from bot.desk.doors import address
from bot.paper import qr
from handlers import slips
from handlers.errors import Rejected
from handlers.staff import Officer


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The slip on the paper that was asked for."""
    number, paper = request.path_params["number"], request.query_params.get("paper", "80")
    see = sight(desk, officer)
    if paper not in slips.PAPERS:
        raise Stop(404, "not_found")
    try:
        slip = await desk.gate.write(lambda tx: slips.slip(tx, see(tx), number))
    except Rejected:
        raise Stop(404, "not_found") from None
    data = slip.data(paper, qr(address(desk, request, f"p/{slip.token}")))
    printed = await desk.press.print("slip", data, desk.clock())
    return pdf(printed, f"{number}-{paper}")


def pdf(data: bytes, name: str) -> Response:
    """A PDF of ours, shown by the browser so that it can be printed at once."""
    headers = {
        "content-disposition": f'inline; filename="{name}.pdf"',
        # what a browser's own PDF viewer is made of comes from the browser
        "content-security-policy": "frame-ancestors 'none'",
    }
    return Response(data, media_type="application/pdf", headers=headers)

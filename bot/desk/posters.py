"""Posters and table cards: made, printed, and what each of them brought."""

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.base import Desk, Form, Stop, go, page
from bot.desk.slips import pdf
from bot.paper import qr
from handlers import posters, sources
from handlers.errors import Rejected
from handlers.staff import Officer

HERE = "/desk/posters"


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """All that was made for this office, and the form for more."""
    return await _show(desk, request, officer)


async def make(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """A poster for a place; made twice it stays one."""
    given = {name: form.one(name)[:200] for name in ("kind", "service", "place")}
    office, now = officer.office_id, desk.clock()
    try:
        await desk.gate.write(
            lambda tx: sources.make(tx, desk.house, office, **given, by=officer.login, now=now)
        )
    except Rejected as rejected:
        return await _show(desk, request, officer, given, rejected.code, 422)
    return go(desk, HERE, "poster_made")


async def paper(desk: Desk, request: Request, officer: Officer) -> Response:
    """One of them as a PDF."""
    office, code = officer.office_id, request.path_params["code"]
    try:
        row = await desk.gate.read(lambda tx: sources.find(tx, office, code))
    except Rejected:
        raise Stop(404, "not_found") from None
    if not desk.house.reach.public:
        raise Stop(404, "not_found")
    now = desk.clock()
    told = posters.data(desk.house, office, row.kind, row.service, row.code, qr, now)
    return pdf(await desk.press.print("poster", told, now), told["code"])


async def _show(
    desk: Desk, request: Request, officer: Officer, given: dict[str, str] | None = None,
    trouble: str = "", status: int = 200,
) -> Response:  # fmt: skip
    house, office = desk.house, officer.office_id
    brought = await desk.gate.read(lambda tx: sources.listed(tx, house, office))
    services = [(flow.id, flow.title) for flow in house.catalog(office).services.values()]
    return page(
        desk, request, officer, "posters.html", status, brought=brought, services=services,
        kinds=sources.PRINTED, longest=sources.PLACE, public=house.reach.public,
        given=given or {"kind": "poster", "service": "", "place": ""}, trouble=trouble,
    )  # fmt: skip

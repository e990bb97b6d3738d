"""A ticket's letter: the draft, issuing it, showing it, sending it, taking it back."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from bot.desk import signing
from bot.desk.base import Desk, Form, Stop, go, page, sight
from bot.desk.doors import address
from bot.desk.slips import pdf
from bot.desk.ticket import refused
from bot.paper import qr
from handlers import letters, results
from handlers.errors import Rejected
from handlers.letters import Paper
from handlers.staff import Officer
from storage import letters as register
from storage.files import Missing, Occupied


async def show(desk: Desk, request: Request, officer: Officer) -> Response:
    """The letter in force as it was issued; before that, its draft."""
    see, number = sight(desk, officer), request.path_params["number"]
    try:
        row = await desk.gate.read(lambda tx: letters.current(tx, see(tx), number))
        if row is not None:
            return pdf(await _issued(desk, request, officer, row.id), f"{number}-letter")
        paper = await desk.gate.read(lambda tx: letters.draft(tx, see(tx), number))
    except Rejected:
        raise Stop(404, "not_found") from None
    return pdf(await _print(desk, request, paper), f"{number}-draft")


async def show_register(desk: Desk, request: Request, officer: Officer) -> Response:
    """The numbers that were given in a year."""
    see, asked = sight(desk, officer), request.query_params.get("year", "")
    year = desk.house.office(officer.office_id).today(desk.clock()).year
    if asked:
        if not (asked.isdecimal() and len(asked) == 4):
            raise Stop(404, "not_found")
        year = int(asked)
    lines = await desk.gate.read(lambda tx: letters.register(tx, see(tx), year))
    return page(desk, request, officer, "register.html", lines=lines, year=year)


async def issue(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Number the letter, print it and keep it."""
    see, number = sight(desk, officer), request.path_params["number"]
    try:
        row = await desk.gate.write(lambda tx: letters.issue(tx, see(tx), number))
    except Rejected as rejected:
        return await refused(desk, request, officer, rejected.code)
    await _issued(desk, request, officer, row)
    return go(desk, f"/desk/tickets/{number}#letter", "letter_issued")


async def send(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Send the letter to the citizen's chat as a link that ends."""
    see, number = sight(desk, officer), request.path_params["number"]
    try:
        row = await desk.gate.read(lambda tx: letters.current(tx, see(tx), number))
        if row is not None:
            await _issued(desk, request, officer, row.id)
        await desk.gate.write(lambda tx: results.send(tx, see(tx), number))
    except Rejected as rejected:
        return await refused(desk, request, officer, rejected.code)
    desk.wake()
    return go(desk, f"/desk/tickets/{number}#letter", "letter_sent")


async def revoke(desk: Desk, request: Request, officer: Officer, form: Form) -> Response:
    """Take the letter back."""
    see, number, reason = sight(desk, officer), request.path_params["number"], form.one("reason")
    try:
        await desk.gate.write(lambda tx: letters.revoke(tx, see(tx), number, reason))
    except Rejected as rejected:
        return await refused(desk, request, officer, rejected.code)
    return go(desk, f"/desk/tickets/{number}#letter", "letter_revoked")


async def confirm(desk: Desk, request: Request) -> Response:
    """The public page that says whether a letter, or a signed result, is genuine and in force."""
    token, now = request.path_params["token"], desk.clock()
    found = await desk.gate.read(lambda tx: letters.confirm(tx, desk.house, token, now))
    if found is not None:
        return desk.pages.render("confirm.html", letter=found)
    result = await signing.proof(desk, request)
    if result is None:
        raise Stop(404, "letter_unknown")
    return signing.page(desk, request, result)


async def show_result(desk: Desk, request: Request) -> Response:
    """What the link is about.  The document itself comes when it is asked for."""
    secret, now = request.path_params["token"], desk.clock()
    found = await desk.gate.read(lambda tx: results.look(tx, desk.house, secret, now))
    if found is None:
        raise Stop(404, "result_gone")
    return desk.pages.render("result.html", token=secret, result=found)


async def take_result(desk: Desk, request: Request) -> Response:
    """The document."""
    secret, now = request.path_params["token"], desk.clock()
    try:
        file, office, number = await desk.gate.write(lambda tx: results.take(tx, secret, now))
    except Rejected:
        raise Stop(404, "result_gone") from None
    data = await asyncio.to_thread(desk.vault.get, file, office)
    return pdf(data, number.replace("/", "-"))


async def _issued(desk: Desk, request: Request, officer: Officer, letter: int) -> bytes:
    """The issued letter from the vault; printed into it if a crash prevented that."""
    see = sight(desk, officer)
    paper = await desk.gate.read(lambda tx: letters.printed(tx, see(tx), letter))
    file = f"letter-{paper.token}"
    try:
        return await asyncio.to_thread(desk.vault.get, file, officer.office_id)
    except Missing:
        data = await _print(desk, request, paper)
    try:
        await asyncio.to_thread(desk.vault.put, file, officer.office_id, data)
    except Occupied:  # somebody printed it at the same moment: theirs counts
        data = await asyncio.to_thread(desk.vault.get, file, officer.office_id)
    await desk.gate.write(lambda tx: register.filed(tx, letter, file))
    return data


async def _print(desk: Desk, request: Request, paper: Paper) -> bytes:
    check = address(desk, request, f"v/{paper.token}") if paper.token else ""
    data = {**paper.data, "qr": qr(check) if check else "", "check": check}
    return await desk.press.print(paper.template, data, paper.at)

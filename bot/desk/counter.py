"""The routes of the counter: passes, slips, walk-ins, letters and results."""

from starlette.routing import Route

from bot.desk import camera, letters, passes, signing, signing_phone, slips, ticket, walkin
from bot.desk.base import Desk, done, shown
from bot.desk.doors import openly

TICKET = "/desk/tickets/{number}"
WALKIN = f"{walkin.HOME}/{{walkin:int}}"


def routes(desk: Desk) -> list[Route]:
    """All of them; those outside /desk are open to whoever holds their secret address."""
    return [
        Route("/desk/scan", done(desk, passes.scan), methods=["POST"]),
        Route(f"{TICKET}/slip", shown(desk, slips.show), methods=["GET"]),
        Route(f"{TICKET}/collect", done(desk, ticket.collect), methods=["POST"]),
        Route("/desk/letters", shown(desk, letters.show_register), methods=["GET"]),
        Route(f"{TICKET}/letter", shown(desk, letters.show), methods=["GET"]),
        Route(f"{TICKET}/letter", done(desk, letters.issue), methods=["POST"]),
        Route(f"{TICKET}/letter/send", done(desk, letters.send), methods=["POST"]),
        Route(
            f"{TICKET}/letter/revoke",
            done(desk, letters.revoke, right="letters"),
            methods=["POST"],
        ),
        Route(f"{TICKET}/signed", shown(desk, signing.add), methods=["POST"]),
        Route(f"{TICKET}/signed/send", done(desk, signing.send), methods=["POST"]),
        Route(f"{TICKET}/signed/phone", done(desk, signing_phone.open_page), methods=["POST"]),
        Route("/s/{token}", openly(desk, signing_phone.show), methods=["GET"]),
        Route("/s/{token}", openly(desk, signing_phone.take), methods=["POST"]),
        Route(f"{TICKET}/signed/drop", done(desk, signing.drop), methods=["POST"]),
        Route("/v/{token}", openly(desk, letters.confirm), methods=["GET"]),
        Route("/v/{token}", openly(desk, signing.compare), methods=["POST"]),
        Route("/r/{token}", openly(desk, letters.show_result), methods=["GET"]),
        Route("/r/{token}", openly(desk, letters.take_result), methods=["POST"]),
        Route(walkin.HOME, shown(desk, walkin.show_start), methods=["GET"]),
        Route(walkin.HOME, done(desk, walkin.start), methods=["POST"]),
        Route(WALKIN, shown(desk, walkin.show), methods=["GET"]),
        Route(WALKIN, done(desk, walkin.answer), methods=["POST"]),
        Route(f"{WALKIN}/photo", shown(desk, walkin.upload), methods=["POST"]),
        Route(f"{WALKIN}/code", done(desk, walkin.open_upload), methods=["POST"]),
        Route(f"{WALKIN}/drop", done(desk, walkin.drop), methods=["POST"]),
        Route("/u/{token}", openly(desk, camera.show), methods=["GET"]),
        Route("/u/{token}", openly(desk, camera.take), methods=["POST"]),
        Route("/p/{token}", openly(desk, passes.show), methods=["GET"]),
    ]

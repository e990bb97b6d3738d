"""The staff desk: plain pages that work without scripts.  `routes` lists them."""

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk import (
    account,
    audit,
    auth,
    broadcasts,
    calendar,
    counter,
    documents,
    queue,
    ticket,
)
from bot.desk.base import ACCOUNT, CODE, FACTOR, Desk, Stop, done, public, shown
from handlers.staff import NEEDS_FACTOR

if TYPE_CHECKING:
    from bot.app import Program

SETUP, HALF = ("setup",), ("setup", "code")
"""Stages of signing in at which some pages are shown already."""
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def mount(app: FastAPI, program: "Program") -> None:
    """Add the desk to the application."""
    settings = program.settings
    desk = Desk(
        gate=program.gate,
        house=program.house,
        clock=program.clock,
        vault=program.vault,
        wake=program.wake,
        public_url=settings.web.public_url,
        # a desk on http is seen by this machine alone, or is not ready for more
        demanding=NEEDS_FACTOR if settings.web.public_url.startswith("https://") else (),
        idle=timedelta(minutes=settings.desk.idle_minutes),
        longest=timedelta(hours=settings.desk.session_hours),
    )
    app.router.routes.extend(routes(desk))


def routes(desk: Desk) -> list[Route]:
    """All pages; whatever else begins with /desk is not found, in the desk's own words."""
    return [
        Route("/desk", shown(desk, queue.show), methods=["GET"]),
        Route("/desk/find", done(desk, queue.find), methods=["POST"]),
        Route("/desk/questions/{question:int}", done(desk, queue.answer), methods=["POST"]),
        Route("/desk/lost/{message:int}", done(desk, queue.handle), methods=["POST"]),
        Route("/desk/tickets/{number}", shown(desk, ticket.show), methods=["GET"]),
        Route("/desk/tickets/{number}/move", done(desk, ticket.move), methods=["POST"]),
        Route("/desk/tickets/{number}/hand", done(desk, ticket.hand), methods=["POST"]),
        Route("/desk/tickets/{number}/notes", done(desk, ticket.write), methods=["POST"]),
        *calendar.routes(desk),
        *counter.routes(desk),
        *broadcasts.routes(desk),
        Route("/desk/audit", shown(desk, audit.show, right="audit"), methods=["GET"]),
        Route("/desk/files/{file}", shown(desk, documents.show), methods=["GET"]),
        Route("/desk/sign-in", public(desk, auth.show_sign_in), methods=["GET"]),
        Route("/desk/sign-in", public(desk, auth.sign_in), methods=["POST"]),
        Route(CODE, shown(desk, auth.show_code, stages=HALF), methods=["GET"]),
        Route(CODE, done(desk, auth.enter_code, stages=HALF), methods=["POST"]),
        Route("/desk/sign-out", done(desk, auth.sign_out, stages=HALF), methods=["POST"]),
        Route(ACCOUNT, shown(desk, account.show), methods=["GET"]),
        Route(f"{ACCOUNT}/others", done(desk, account.sign_out_others), methods=["POST"]),
        Route(
            "/desk/account/factor", shown(desk, account.show_factor, stages=SETUP), methods=["GET"]
        ),
        Route("/desk/account/factor", done(desk, account.begin, stages=SETUP), methods=["POST"]),
        Route(
            "/desk/account/factor/confirm",
            done(desk, account.confirm, stages=SETUP),
            methods=["POST"],
        ),
        Route(f"{FACTOR}/off", done(desk, account.drop), methods=["POST"]),
        Route("/desk/invite/{secret}", public(desk, auth.show_invite), methods=["GET"]),
        Route("/desk/invite/{secret}", public(desk, auth.accept_invite), methods=["POST"]),
        Route("/desk/assets/{name}", public(desk, _asset), methods=["GET"]),
        Route("/desk/{rest:path}", public(desk, _nothing), methods=METHODS),
    ]


async def _asset(desk: Desk, request: Request) -> Response:
    asset = desk.pages.asset(request.path_params["name"])
    if asset is None:
        raise Stop(404, "not_found")
    return asset


async def _nothing(desk: Desk, request: Request) -> Response:
    raise Stop(404, "not_found")

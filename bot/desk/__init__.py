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
    calls,
    counter,
    documents,
    health,
    help,
    papers,
    posters,
    privacy,
    queue,
    replies,
    roster,
    screen,
    talk,
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
        cell=program.fetcher.cell,
    )
    app.router.routes.extend(routes(desk))


def routes(desk: Desk) -> list[Route]:
    """All pages; whatever else begins with /desk is not found, in the desk's own words."""
    return [
        Route("/desk", shown(desk, queue.show), methods=["GET"]),
        Route("/desk/find", done(desk, queue.find), methods=["POST"]),
        Route("/desk/questions/{question:int}", done(desk, queue.answer), methods=["POST"]),
        Route("/desk/questions/{question:int}/talk", done(desk, talk.begin_from), methods=["POST"]),
        Route("/desk/tickets/{number}/talk", done(desk, talk.begin_about), methods=["POST"]),
        Route("/desk/replies", shown(desk, replies.show), methods=["GET"]),
        Route("/desk/replies", done(desk, replies.save), methods=["POST"]),
        Route("/desk/replies/drop", done(desk, replies.drop), methods=["POST"]),
        Route("/desk/talks/{talk:int}", shown(desk, talk.show), methods=["GET"]),
        Route("/desk/talks/{talk:int}/say", done(desk, talk.say), methods=["POST"]),
        Route("/desk/talks/{talk:int}/file", shown(desk, talk.enclose), methods=["POST"]),
        Route("/desk/talks/{talk:int}/take", done(desk, talk.take), methods=["POST"]),
        Route("/desk/talks/{talk:int}/end", done(desk, talk.end), methods=["POST"]),
        Route("/desk/talks/files/{file}", shown(desk, talk.file), methods=["GET"]),
        Route("/desk/lost/{message:int}", done(desk, queue.handle), methods=["POST"]),
        Route("/desk/tickets/{number}", shown(desk, ticket.show), methods=["GET"]),
        Route("/desk/tickets/{number}/move", done(desk, ticket.move), methods=["POST"]),
        Route("/desk/tickets/{number}/hand", done(desk, ticket.hand), methods=["POST"]),
        Route("/desk/tickets/{number}/notes", done(desk, ticket.write), methods=["POST"]),
        Route("/display/{token}", public(desk, screen.show), methods=["GET"]),
        Route("/desk/health", shown(desk, health.show, right="health"), methods=["GET"]),
        Route("/desk/health", done(desk, health.change, right="health"), methods=["POST"]),
        Route("/desk/counter", shown(desk, calls.show), methods=["GET"]),
        Route("/desk/counter/poster", shown(desk, calls.poster), methods=["GET"]),
        Route("/desk/counter/{act}", done(desk, calls.act), methods=["POST"]),
        Route(
            "/desk/tickets/{number}/papers/{document}", done(desk, papers.judge), methods=["POST"]
        ),
        Route(
            "/desk/tickets/{number}/originals/{document}", done(desk, papers.tick), methods=["POST"]
        ),
        Route("/desk/tickets/{number}/files/{file}", shown(desk, papers.look), methods=["GET"]),
        *calendar.routes(desk),
        *privacy.routes(desk),
        *counter.routes(desk),
        Route(posters.HERE, shown(desk, posters.show), methods=["GET"]),
        Route(posters.HERE, done(desk, posters.make), methods=["POST"]),
        Route(f"{posters.HERE}/{{code}}.pdf", shown(desk, posters.paper), methods=["GET"]),
        *broadcasts.routes(desk),
        Route("/desk/audit", shown(desk, audit.show, right="audit"), methods=["GET"]),
        *roster.routes(desk),
        Route("/desk/help/{service}", shown(desk, help.show), methods=["GET"]),
        Route("/desk/files/{file}", shown(desk, documents.show), methods=["GET"]),
        Route("/desk/sign-in", public(desk, auth.show_sign_in), methods=["GET"]),
        Route("/desk/sign-in", public(desk, auth.sign_in), methods=["POST"]),
        Route(CODE, shown(desk, auth.show_code, stages=HALF), methods=["GET"]),
        Route(CODE, done(desk, auth.enter_code, stages=HALF), methods=["POST"]),
        Route("/desk/sign-out", done(desk, auth.sign_out, stages=HALF), methods=["POST"]),
        Route(ACCOUNT, shown(desk, account.show), methods=["GET"]),
        Route(f"{ACCOUNT}/doors", done(desk, account.offer_door), methods=["POST"]),
        Route(f"{ACCOUNT}/doors/close", done(desk, account.close_door), methods=["POST"]),
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

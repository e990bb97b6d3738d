"""Passes: a ticket's short secret name, what it shows, and what a scanner at the counter types."""

import secrets
from dataclasses import replace

import pytest

from handlers import passes, tickets, tokens
from handlers.errors import Rejected
from handlers.tickets import Actor
from storage import tickets as rows
from storage.db import Database
from talk import house as make_house

PUBLIC = make_house(LOKET_WEB__PUBLIC_URL="https://loket.example.go.id")
ADDRESS = "https://loket.example.go.id/p/"


def token(database: Database, number: str, now: object) -> str:
    def work(tx):
        return tokens.of_ticket(tx, PUBLIC, rows.look(tx, number), now)

    return database.write(work)


def scanned(citizen, text: str, office: str = "pu") -> str:
    row = citizen.database.read(lambda tx: passes.find(tx, office, text, citizen.now))
    return str(row.number)


@pytest.fixture
def ticket(citizen):
    citizen.submits()
    return citizen.ticket


def test_a_ticket_keeps_its_token(citizen, ticket):
    first = token(citizen.database, ticket, citizen.now)
    assert len(first) == 12
    assert token(citizen.database, ticket, citizen.now) == first


def test_two_tickets_that_draw_the_same_token_get_different_ones(meet):
    one, other = meet("1").submits(), meet("2").submits()
    drawn = iter(["AAAAAAAAAAAA", "AAAAAAAAAAAA", "BBBBBBBBBBBB"])
    house = replace(make_house(), token=lambda: next(drawn))
    given = [
        one.database.write(
            lambda tx, n=each.ticket: tokens.of_ticket(tx, house, rows.look(tx, n), one.now)
        )
        for each in (one, other)
    ]
    assert given == ["AAAAAAAAAAAA", "BBBBBBBBBBBB"]


def test_a_pass_shows_the_request_and_nothing_of_the_person(citizen, ticket):
    secret = token(citizen.database, ticket, citizen.now)
    view, office = citizen.database.read(lambda tx: passes.look(tx, PUBLIC, secret, citizen.now))
    assert (view.number, view.status, office) == (ticket, "submitted", "pu")
    assert view.promise.startswith("Selasa, 24 November")
    for personal in ("Yuni", "3302271708900003"):
        assert personal not in repr(view)


@pytest.mark.parametrize(
    "typed",
    ["{address}{token}", "{token}", " {lower}\n", "http:&&loket.example.go.id&p&{token}",
     "{number}", "{joined}"],
)  # fmt: skip
def test_whatever_a_scanner_types_finds_the_ticket(citizen, ticket, typed):
    secret = token(citizen.database, ticket, citizen.now)
    text = typed.format(address=ADDRESS, token=secret, lower=secret.lower(), number=ticket,
                        joined=ticket.replace("-", "").lower())  # fmt: skip
    assert scanned(citizen, text) == ticket


@pytest.mark.parametrize(
    "typed", ["", "x", "PU-2611-00042-8", "PU-2611-99999-9", f"{ADDRESS}AAAAAAAAAAAA", "A" * 5000]
)
def test_what_is_no_ticket_is_not_found(citizen, ticket, typed):
    with pytest.raises(Rejected, match="pass_unknown"):
        scanned(citizen, typed)


def test_another_office_does_not_find_it(citizen, ticket):
    secret = token(citizen.database, ticket, citizen.now)
    for typed in (secret, ticket):
        with pytest.raises(Rejected, match="pass_unknown"):
            scanned(citizen, typed, "ma")


def test_ten_thousand_guesses_find_nothing(citizen, ticket):
    token(citizen.database, ticket, citizen.now)
    guesses = ["".join(secrets.choice(tokens.ALPHABET) for _ in range(12)) for _ in range(10_000)]

    def found(tx):
        return [guess for guess in guesses if passes.look(tx, PUBLIC, guess, citizen.now)]

    assert citizen.database.read(found) == []


def test_the_news_that_it_is_ready_brings_the_pass_along(citizen, ticket):
    actor = Actor("staff", "sari", "Bu Sari")
    for name in ("take", "finish"):
        citizen.database.write(
            lambda tx, name=name: tickets.move(tx, PUBLIC, "pu", ticket, name, actor, citizen.now)
        )
    citizen.hears()
    told = next(m.text for m in citizen.heard if "sudah jadi" in m.text)
    secret = token(citizen.database, ticket, citizen.now)
    assert f"{ADDRESS}{secret}" in told


def test_without_a_public_address_no_link_is_promised(citizen, ticket):
    actor = Actor("staff", "sari", "Bu Sari")
    for name in ("take", "finish"):
        citizen.database.write(
            lambda tx, name=name: tickets.move(
                tx, citizen.house, "pu", ticket, name, actor, citizen.now
            )
        )
    citizen.hears()
    assert not any("/p/" in message.text for message in citizen.heard)

"""The calendar file of an appointment, over HTTP from the running program."""

import httpx

from handlers.tickets import Actor, move
from running import Running
from storage.db import Database
from storage.schema import upgrade
from storage.tables import APPOINTMENTS
from talk import Citizen, rows


def test_the_calendar_file_is_served_to_whoever_has_its_name(tmp_path, house):
    database = Database(f"sqlite:///{tmp_path}/loket.db")
    upgrade(database)
    citizen = Citizen(database, house).submits()
    sari = Actor("staff", "sari", "Bu Sari")
    for name in ("take", "finish"):
        database.write(
            lambda tx, name=name: move(tx, house, "pu", citizen.ticket, name, sari, citizen.now)
        )
    citizen.hears().says("3")
    (row,) = rows(database, APPOINTMENTS)
    database.close()
    with Running(tmp_path) as program:
        page = httpx.get(f"{program.url}/appointments/{row.token}.ics")
        assert page.headers["content-type"].startswith("text/calendar")
        assert "DTSTART:20261124T010000Z\r\n" in page.text
        for wrong in (row.token[:-1], row.token.upper(), "..%2f..%2fconfig", "1"):
            assert httpx.get(f"{program.url}/appointments/{wrong}.ics").status_code == 404

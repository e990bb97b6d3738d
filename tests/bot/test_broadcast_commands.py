"""`loket broadcast` on a database of its own."""

from pathlib import Path

import pytest

import talk
from bot import cli
from campaign import Campaign
from running import KEY
from storage.db import Database
from storage.tables import AUDIT, BROADCASTS

FILE = """
title = "Domisili"
body = "Halo {name}, surat domisili bisa lewat chat."
holdout = 0
at = 2026-11-24T09:00:00
buttons = [{ label = "Coba sekarang", service = "domisili" }]
[segment]
channels = ["telegram"]
"""


@pytest.fixture
def campaign(sqlite: Database, sqlite_url: str, tmp_path: Path, monkeypatch) -> Campaign:
    for name, value in {
        "LOKET_DATABASE__URL": sqlite_url, "LOKET_CLOCK__NOW": "2026-11-23T08:00:00+07:00",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return Campaign(sqlite, talk.house(LOKET_BROADCASTS__PER_MONTH="2"))


def plans(tmp_path: Path, text: str = FILE) -> int:
    path = tmp_path / "siaran.toml"
    path.write_text(text)
    return cli.run(["broadcast", "plan", str(path)])


def test_a_file_is_planned_listed_and_cancelled(campaign, tmp_path, capsys, sqlite):
    campaign.people(5)
    assert plans(tmp_path) == 0
    assert capsys.readouterr().out == "1\tplanned\n"
    (row,) = talk.rows(sqlite, BROADCASTS)
    assert row.planned_at.isoformat() == "2026-11-24T02:00:00+00:00"
    assert cli.run(["broadcast", "list"]) == 0
    assert capsys.readouterr().out == "1\tplanned\t2026-11-24T02:00+00:00\t0\tDomisili\n"
    assert cli.run(["broadcast", "cancel", "1"]) == 0
    assert [entry.action for entry in talk.rows(sqlite, AUDIT)] == [
        "broadcast.planned", "broadcast.cancelled",
    ]  # fmt: skip
    assert cli.run(["broadcast", "pause", "1"]) == 2


def test_what_came_of_it_is_shown(campaign, capsys):
    campaign.people(40)
    campaign.goes()
    campaign.delivers()
    assert cli.run(["broadcast", "show", str(campaign.number)]) == 0
    shown = capsys.readouterr().out
    assert "promised\t40\ttelegram" in shown
    assert "messages\t40 out, 0 lost, 0 opted out" in shown
    assert "too_few" in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title =", "siaran.toml"),
        ("colour = 'red'", "unknown colour"),
        ("title = 'A'\nbuttons = [{ label = 'B' }]", "buttons are tables"),
        ("title = 'A'", "broadcast_empty"),
        ("title = 'A'\nbody = 'B'\nat = 2026-11-24", "at must be a time"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(campaign, tmp_path, capsys, text, words):
    campaign.people(1)
    assert plans(tmp_path, text) == 2
    assert words in capsys.readouterr().err


def test_what_it_would_cost_is_told_before_anything_is_kept(
    campaign, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("LOKET_SMS__PRICE", "450")
    campaign.people(5)
    campaign.people(2, first=50, channel="sms")
    path = tmp_path / "siaran.toml"
    path.write_text(FILE.replace('["telegram"]', '["telegram", "sms"]'))
    assert cli.run(["broadcast", "estimate", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "people\t7, about 0 held out" in shown
    assert "sms\t2\tRp 900\ntelegram\t5\tRp 0\n" in shown
    assert shown.endswith("cost\tRp 900\n")
    assert cli.run(["broadcast", "list"]) == 0
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_sent_is_refused_in_one_line(campaign, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LOKET_FILES__PATH", str(tmp_path / "files"))
    monkeypatch.setenv("LOKET_FILES__KEY", KEY)
    campaign.people(1)
    (tmp_path / "siaran.toml").write_text(FILE)
    for name, data, words in (
        ("catatan.txt", b"halo", "not_a_document"), ("gone.jpg", None, "No such file"),
    ):  # fmt: skip
        if data:
            (tmp_path / name).write_bytes(data)
        plan = ["broadcast", "plan", str(tmp_path / "siaran.toml"), "--file", str(tmp_path / name)]
        assert cli.run(plan) == 2
        assert words in capsys.readouterr().err


def test_a_large_one_waits_for_the_desk(campaign, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LOKET_BROADCASTS__APPROVE_ABOVE", "2")
    campaign.people(3)
    assert plans(tmp_path) == 0
    assert capsys.readouterr().out == "1\twaiting\n"


def test_another_office_s_is_not_there(campaign, capsys):
    campaign.people(1)
    campaign.goes()
    assert cli.run(["broadcast", "show", "1", "--office", "ma"]) == 2
    assert capsys.readouterr().err == "not_found\n"

"""Documents judged one by one, on each kind of database."""

from pathlib import Path
from typing import Any

import pytest

from desk_office import DeskOffice, Photo
from handlers import colleagues, dossier, judging, moves, viewing
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.staff import Officer
from storage import attachments, decisions, tickets, views
from storage.db import Database
from storage.files import Keys, Vault

NAMES = {"sari": "Bu Sari", "budi": "Pak Budi", "andi": "Pak Andi"}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> DeskOffice:
    opened = DeskOffice(database, Vault(tmp_path / "files", Keys((b"k" * 32,))))
    opened.hires("sari", "Bu Sari")
    opened.hires("budi", "Pak Budi")
    opened.hires("andi", "Pak Andi", "ma")
    return opened


def does(office: DeskOffice, work: Any, *args: Any, by: str = "sari", **more: Any) -> Any:
    at = "ma" if by == "andi" else "pu"
    officer = Officer(at, by, NAMES[by], "officer", "csrf", office.now)
    return office.database.write(
        lambda tx: work(tx, Sight.of(tx, office.house, officer, office.now), *args, **more)
    )


def papers(office: DeskOffice, number: str, by: str = "sari") -> dict[str, Any]:
    return {each.id: each for each in does(office, dossier.show, number, by=by).papers.documents}


def judges(
    office: DeskOffice,
    number: str,
    document: str,
    decision: str,
    *,
    by: str = "sari",
    was: str = "",
    version: str = "",
    reason: str = "",
    note: str = "",
) -> None:
    version = version or papers(office, number)[document].version
    does(office, judging.judge, number, document, version, decision, was=was, reason=reason,
         note=note, by=by)  # fmt: skip


def replaces(office: DeskOffice, number: str, document: str, verdict: str = "good") -> str:
    """The citizen's new photo arrives; returns its id."""
    new = office.stores(Photo(verdict), office.chat())

    def work(tx: Any) -> None:
        row = tickets.look(tx, number)
        tickets.correct(tx, row.id, {**row.answers, document: [new]}, [], office.now)
        attachments.link(tx, [new], row.id)
        tickets.move(tx, row.id, "needs_correction", "in_review", row.officer, row.promise_at,
                     office.now)  # fmt: skip

    office.database.write(work)
    return new


# --- judging --------------------------------------------------------------------------


def test_judging_says_who_and_when_and_how_far_one_has_come(office):
    number = office.receives()
    judges(office, number, "kk_photo", "accepted")
    shown = does(office, dossier.show, number)
    judged = papers(office, number)["kk_photo"].judged
    assert (judged.decision, judged.who.kind, judged.at.clock) == ("accepted", "me", "08.00")
    assert (shown.papers.judged, len(shown.papers.here)) == (1, 2)
    assert shown.papers.next.id == "police"


def test_judging_a_new_ticket_takes_it(office):
    number = office.receives()
    judges(office, number, "police", "accepted")
    shown = does(office, dossier.show, number)
    assert (shown.status, shown.held_by) == ("in_review", "sari")
    assert [event.move for event in shown.history] == ["submit", "take"]


def test_a_colleagues_ticket_is_judged_only_after_taking_it_over(office):
    number = office.receives()
    does(office, moves.move, number, "take", by="budi")
    assert not does(office, dossier.show, number).judging
    with pytest.raises(Rejected, match="taken"):
        judges(office, number, "police", "accepted")
    does(office, colleagues.hand, number, "budi", "sari")
    judges(office, number, "police", "accepted")


def test_of_two_who_judge_at_once_the_second_is_told(office):
    number = office.receives()
    judges(office, number, "police", "accepted")
    with pytest.raises(Rejected, match="judged"):
        judges(office, number, "police", "refused", reason="stamp")
    judges(office, number, "police", "refused", was="accepted", reason="stamp")
    with pytest.raises(Rejected, match="judged"):
        judges(office, number, "police", "accepted", was="accepted")
    assert papers(office, number)["police"].judged.why == "cap atau tanda tangannya belum kelihatan"


def test_a_refusal_says_why_in_words_of_the_list_or_in_own_ones(office):
    number = office.receives()
    for reason, note, code in (("", " ", "refusal_missing"), ("nothing", "x", "refusal_missing"),
                               ("", "a" * 201, "refusal_long")):  # fmt: skip
        with pytest.raises(Rejected, match=code):
            judges(office, number, "police", "refused", reason=reason, note=note)
    judges(office, number, "police", "refused", reason="stamp", note="lihat pojok kanan")
    judges(office, number, "kk_photo", "refused", note="halaman dua hilang")
    found = papers(office, number)
    assert found["police"].judged.why.endswith("kelihatan. lihat pojok kanan")
    assert found["kk_photo"].judged.why == "halaman dua hilang"


@pytest.mark.parametrize(("document", "version"), [("police", "file-999999"), ("name", "x"),
                                                   ("mandate", "x"), ("nothing", "x")])  # fmt: skip
def test_only_what_has_come_is_judged(office, document, version):
    number = office.receives()
    with pytest.raises(Rejected, match="impossible"):
        judges(office, number, document, "accepted", version=version)
    with pytest.raises(Rejected, match="impossible"):
        judges(office, number, "police", "praised")


def test_another_offices_documents_are_not_found(office):
    number = office.receives()
    version = papers(office, number)["police"].version
    with pytest.raises(Rejected, match="unknown"):
        judges(office, number, "police", "accepted", version=version, by="andi")
    with pytest.raises(Rejected, match="unknown"):
        does(office, judging.tick, number, "police", True, by="andi")
    with pytest.raises(Rejected, match="unknown"):
        does(office, viewing.look, version, by="andi")


# --- asking again ---------------------------------------------------------------------


def test_only_the_refused_documents_are_asked_for_again_with_their_reasons(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    with pytest.raises(Rejected, match="documents_missing"):
        does(office, moves.move, number, "send_back")
    judges(office, number, "police", "accepted")
    judges(office, number, "kk_photo", "refused", reason="cut")
    with pytest.raises(Rejected, match="refused_left"):
        does(office, moves.move, number, "finish")
    does(office, moves.move, number, "send_back")
    said = office.heard(chat)
    assert "Kartu Keluarga (KK): ada bagian yang terpotong" in said[0].text
    assert "polisi" not in said[0].text
    assert said[0].values["documents"] == "Kartu Keluarga (KK): ada bagian yang terpotong"
    shown = does(office, dossier.show, number)
    assert [each.wanted for each in shown.papers.documents] == [False, True]
    assert shown.history[-1].note == "Kartu Keluarga (KK): ada bagian yang terpotong"
    assert not shown.judging


def test_a_new_photo_begins_unjudged_and_the_old_one_keeps_why_it_was_refused(office):
    number = office.receives()
    judges(office, number, "police", "accepted")
    judges(office, number, "kk_photo", "refused", reason="cut")
    does(office, moves.move, number, "send_back")
    new = replaces(office, number, "kk_photo")
    shown = does(office, dossier.show, number)
    found = papers(office, number)
    assert found["police"].judged.decision == "accepted"
    assert (found["kk_photo"].judged, found["kk_photo"].fresh) == (None, True)
    assert not found["police"].fresh
    assert found["kk_photo"].version == new
    assert [file.refused for file in shown.papers.replaced] == ["ada bagian yang terpotong"]
    judges(office, number, "kk_photo", "accepted")
    assert not papers(office, number)["kk_photo"].fresh
    does(office, moves.move, number, "finish")
    kept = office.database.read(lambda tx: decisions.of_ticket(tx, tickets.look(tx, number).id))
    assert [row.decision for row in kept] == ["accepted", "refused", "accepted"]


def test_a_photo_that_came_meanwhile_is_not_judged_by_an_old_page(office):
    number = office.receives()
    old = papers(office, number)["kk_photo"].version
    replaces(office, number, "kk_photo")
    with pytest.raises(Rejected, match="impossible"):
        judges(office, number, "kk_photo", "accepted", version=old)


def test_the_citizen_sends_the_refused_photo_in_chat_and_the_ticket_returns(office, citizen):
    number = citizen.submits("ktp_ganti").ticket
    judges(office, number, "police", "refused", reason="stamp")
    judges(office, number, "kk_photo", "accepted")
    does(office, moves.move, number, "send_back")
    citizen.hears()
    assert citizen.was_asked("police")
    citizen.sends()
    shown = does(office, dossier.show, number)
    assert (shown.status, shown.held_by) == ("in_review", "sari")
    assert [each.id for each in shown.papers.documents if each.fresh] == ["police"]
    assert shown.papers.next.id == "police"


# --- originals ------------------------------------------------------------------------


def ready(office: DeskOffice) -> str:
    number = office.receives()
    does(office, moves.move, number, "take")
    does(office, moves.move, number, "finish")
    return number


def test_a_result_is_handed_over_when_the_originals_were_shown(office):
    number = ready(office)
    with pytest.raises(Rejected, match="originals_missing"):
        does(office, moves.move, number, "hand_over")
    does(office, judging.tick, number, "police", True)
    with pytest.raises(Rejected, match="judged"):
        does(office, judging.tick, number, "police", True, by="budi")
    does(office, judging.tick, number, "kk_photo", True, by="budi")
    found = papers(office, number)
    assert found["kk_photo"].shown.who.name == "Pak Budi"
    does(office, moves.move, number, "hand_over")
    assert does(office, dossier.show, number).status == "collected"
    with pytest.raises(Rejected, match="impossible"):
        does(office, judging.tick, number, "police", False)


def test_a_tick_can_be_taken_back(office):
    number = ready(office)
    for document in ("police", "kk_photo"):
        does(office, judging.tick, number, document, True)
    does(office, judging.tick, number, "police", False)
    with pytest.raises(Rejected, match="judged"):
        does(office, judging.tick, number, "police", False)
    with pytest.raises(Rejected, match="originals_missing"):
        does(office, moves.move, number, "hand_over")


def test_without_an_original_the_officer_says_why_to_the_colleagues_alone(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    does(office, moves.move, number, "take")
    does(office, moves.move, number, "finish")
    does(office, moves.move, number, "hand_over", excuse="KK asli masih di Dukcapil.")
    shown = does(office, dossier.show, number)
    assert shown.status == "collected"
    assert "KK asli masih di Dukcapil." in [event.note for event in shown.history]
    assert not any("Dukcapil" in message.text for message in office.heard(chat))


# --- looks ----------------------------------------------------------------------------


def test_every_look_is_kept_with_who_what_and_when(office):
    number = office.receives()
    file = papers(office, number)["police"].version
    for by in ("sari", "sari", "budi"):
        does(office, viewing.look, file, by=by)
    seen = office.database.read(lambda tx: views.of_ticket(tx, tickets.look(tx, number).id))
    assert [(row.login, row.attachment_id, row.at) for row in seen] == [
        (by, file, office.now) for by in ("sari", "sari", "budi")
    ]
    shown = does(office, dossier.show, number)
    assert [look.document for look in shown.views] == ["Surat kehilangan dari kantor polisi"] * 3


# --- twins ----------------------------------------------------------------------------


def test_an_open_request_for_the_same_nik_and_service_is_a_twin(office):
    first, second = office.receives(), office.receives()
    office.receives("domisili", photos={"ktp": [Photo()]}, nik="3302271708900003")
    office.receives(nik="3302271708900004")
    office.receives(office="ma", kelurahan="sukaramai_i")
    closed = office.receives()
    does(office, moves.move, closed, "reject", "Salah kirim.")
    assert [(t.number, t.status) for t in does(office, dossier.show, first).twins] == [
        (second, "submitted")
    ]
    assert [t.number for t in does(office, dossier.show, second).twins] == [first]
    assert does(office, dossier.show, closed).twins == ()

"""One update, one transaction: taken in once, in order, and never lost to a bug."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from flows.model import Left, Opened, Said, Tapped
from handlers.inbound import Inbound, Unread, keep_unread, receive, set_aside
from handlers.message import Message
from handlers.offices import House
from storage import conversations, inbox, outbox
from storage.db import Database
from storage.tables import (
    ATTACHMENTS,
    CONSENTS,
    CONVERSATIONS,
    DOOMED_FILES,
    INBOX,
    OUTBOX,
    PEOPLE,
    TICKETS,
)
from talk import MONDAY, STAFF_CHAT, Citizen, house, rows


def update(text, number=1, address="1", channel="telegram", **more):
    return Inbound(
        channel, f"{address}-{number}", address, Said(text), raw=f'{{"text":{text!r}}}', **more
    )


def take(database, house, inbound, now=MONDAY):
    return database.write(lambda tx: receive(tx, house, inbound, now))


# --- once -------------------------------------------------------------------------------


def test_the_same_update_ten_times_at_once_has_one_effect(database, house):
    with ThreadPoolExecutor(10) as threads:
        taken = list(threads.map(lambda _: take(database, house, update("halo")), range(10)))
    assert sorted(taken) == [False] * 9 + [True]
    assert len(rows(database, INBOX)) == len(rows(database, PEOPLE)) == 1
    assert len(rows(database, OUTBOX)) == 1


def test_the_first_ten_messages_of_a_chat_at_once_make_one_chat(database, house):
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda n: take(database, house, update("halo", n)), range(10)))
    assert len(rows(database, CONVERSATIONS)) == len(rows(database, PEOPLE)) == 1
    assert len(rows(database, OUTBOX)) == len(rows(database, INBOX)) == 10


def test_the_same_number_on_another_channel_is_another_update(database, house):
    assert take(database, house, update("halo"))
    assert take(database, house, update("halo", channel="web"))
    assert len(rows(database, CONVERSATIONS)) == 2


def test_an_update_a_day_late_is_still_a_repetition(database, house):
    take(database, house, update("halo"))
    assert not take(database, house, update("halo"), MONDAY + timedelta(hours=25))


def test_a_second_tap_on_send_makes_no_second_ticket(citizen):
    citizen.starts("ktp_ganti").continues("review")
    send = next(c.token for c in citizen.heard[-1].choices if c.label == "Ya, kirim")
    citizen.taps(send).taps(send)
    assert len(rows(citizen.database, TICKETS)) == 1


def test_two_taps_on_send_at_once_make_one_ticket(citizen):
    citizen.starts("ktp_ganti").continues("review")
    send = next(c.token for c in citizen.heard[-1].choices if c.label == "Ya, kirim")
    taps = [Inbound("telegram", f"tap-{n}", "1", Tapped(send)) for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda tap: take(citizen.database, citizen.house, tap, citizen.now), taps))
    assert len(rows(citizen.database, TICKETS)) == 1


def test_a_tap_is_acknowledged_before_anything_is_said(citizen):
    citizen.opens("pu")
    token = citizen.heard[-1].choices[0].token
    tap = Inbound("telegram", "tap", "1", Tapped(token), tap="callback-7")
    take(citizen.database, citizen.house, tap, citizen.now)
    said = [Message.of(row.payload) for row in rows(citizen.database, OUTBOX)]
    assert said[-2] == Message(acknowledge="callback-7")
    assert said[-1].text


def test_the_raw_update_is_kept(database, house):
    take(database, house, update("halo"))
    kept = rows(database, INBOX)[0]
    assert (kept.raw, kept.state, kept.received_at) == ("{\"text\":'halo'}", "done", MONDAY)


# --- order and isolation ----------------------------------------------------------------


def test_chats_at_once_do_not_disturb_each_other(database, house):
    """Each of eight chats hears what a chat alone would hear."""
    texts = ("/start", "1", "ktp hilang", "ya", "saya", "ya", "setuju", "3302271708900003")

    def chat(number):
        for at, text in enumerate(texts):
            take(database, house, update(text, at, str(number)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(chat, range(8)))
    heard = {}
    for row in rows(database, OUTBOX):
        heard.setdefault(row.address, []).append(Message.of(row.payload).text)
    assert len(heard) == 8
    assert len({tuple(each) for each in heard.values()}) == 1
    assert len(heard["0"]) == len(texts)


def test_two_answers_at_once_are_taken_one_after_the_other(citizen):
    citizen.starts("ktp_ganti").continues("nik")
    said = [update("3302271708900003", 900), update("Yuni Astuti", 901)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda one: take(citizen.database, citizen.house, one, citizen.now), said))
    assert citizen.hears().state.asked in ("name", "kk"), "one of the two orders, never a mixture"


def test_two_chats_of_one_person_are_two_conversations(meet):
    one, other = meet("1"), meet("2", "web")
    one.starts("ktp_ganti")
    other.opens("pu")
    assert one.state.flow == "ktp_ganti"
    assert other.state.flow == "welcome"


# --- a bug ------------------------------------------------------------------------------


def broken(good: House) -> House:
    """The same house, where asking for the services of Purwokerto is a bug."""

    class Bug(dict):
        def values(self):
            raise RuntimeError("a bug in a flow")

        def __contains__(self, key):
            raise RuntimeError("a bug in a flow")

    catalog = replace(good.catalogs["pu"], services=Bug(good.catalogs["pu"].services))
    return replace(good, catalogs={**good.catalogs, "pu": catalog})


@pytest.fixture
def met(citizen):
    return citizen.starts("ktp_ganti").continues("nik")


def suffers(citizen: Citizen, inbound: Inbound) -> bool:
    """An update meets a bug, as the intake handles it."""
    with pytest.raises(RuntimeError):
        take(citizen.database, broken(citizen.house), inbound, citizen.now)
    new = citizen.database.write(
        lambda tx: set_aside(tx, citizen.house, inbound, "RuntimeError in x:1", citizen.now)
    )
    citizen.hears()
    return bool(new)


def test_after_a_bug_the_update_is_kept_for_replay(met):
    assert suffers(met, update("3302271708900003", 99))
    (kept,) = met.database.read(inbox.failed)
    assert (kept.external_id, kept.state, kept.error) == ("1-99", "failed", "RuntimeError in x:1")
    assert "3302271708900003" in kept.raw


def test_a_bug_is_apologised_for_once_and_staff_hear_of_it(met):
    before = len(met.heard)
    suffers(met, update("3302271708900003", 99))
    assert not suffers_again(met, update("3302271708900003", 99))
    apologies = [m for m in met.heard[before:] if m.text == met.house.words.say("apology")]
    assert len(apologies) == len(met.heard) - before == 1
    alerts = [row for row in rows(met.database, OUTBOX) if row.address == STAFF_CHAT]
    assert [Message.of(row.payload).text for row in alerts] == [met.house.words.say("alert_failed")]


def suffers_again(citizen: Citizen, inbound: Inbound) -> bool:
    """The channel brings a set-aside update once more: it was taken."""
    return take(citizen.database, broken(citizen.house), inbound, citizen.now)


def test_after_a_bug_nothing_of_the_turn_remains(met):
    before = met.state
    suffers(met, update("3302271708900003", 99))
    assert met.state == before


def test_after_a_bug_the_next_message_works(met):
    suffers(met, update("3302271708900003", 99))
    assert met.says("3302271708900003").was_asked("name")


def test_a_bug_in_a_first_message_is_apologised_for_as_well(citizen):
    inbound = update("ktp hilang", 99)
    citizen.database.write(lambda tx: set_aside(tx, citizen.house, inbound, "x", citizen.now))
    assert citizen.hears().heard[-1].text == citizen.house.words.say("apology")
    assert citizen.opens("pu").state.flow == "welcome"


def test_the_apology_promises_nothing_that_is_not_so(house):
    assert "aman" in house.words.say("apology"), "nothing is lost: the update is kept"


def test_an_update_that_cannot_be_read_is_kept_once(database):
    unread = Unread("telegram", "77", '{"odd": true}')
    keep = [database.write(lambda tx: keep_unread(tx, unread, "KeyError", MONDAY)) for _ in "ab"]
    assert keep == [True, False]
    (kept,) = database.read(inbox.failed)
    assert (kept.raw, kept.address) == ('{"odd": true}', "")


# --- offices ----------------------------------------------------------------------------


def test_with_two_offices_a_person_is_asked_once_which_is_theirs(citizen):
    citizen.opens()
    assert citizen.was_asked("office")
    citizen.says("purwokerto utara")
    assert citizen.was_asked("want")
    citizen.says("batal").says("ktp hilang").says("ya")
    assert citizen.was_asked("applicant")
    assert rows(citizen.database, CONVERSATIONS)[0].office_id == "pu"


def test_with_one_office_nobody_is_asked_which(database):
    alone = house()
    alone = replace(alone, offices={"ma": alone.offices["ma"]})
    citizen = Citizen(database, alone).opens()
    assert citizen.was_asked("want")
    assert "Kecamatan Medan Area" in citizen.last


def test_offices_are_offered_without_the_word_that_begins_every_name(citizen):
    citizen.opens()
    assert "1. Purwokerto Utara\n2. Medan Area" in citizen.last
    assert citizen.says("kecamatan medan area").was_asked("want")


def test_offices_of_different_kinds_are_offered_by_their_whole_names(database):
    both = house()
    town = replace(both.offices["ma"], name="Distrik Medan Area")
    citizen = Citizen(database, replace(both, offices={**both.offices, "ma": town})).opens()
    assert "1. Kecamatan Purwokerto Utara\n2. Distrik Medan Area" in citizen.last


@pytest.mark.parametrize(
    ("link", "asked", "office"),
    [
        ("pu", "want", "pu"),
        ("ma", "want", "ma"),
        ("pu-ktp_ganti", "reason", "pu"),
        ("ma-domisili", "applicant", "ma"),
        ("ktp_ganti", "reason", ""),
        ("xx-ktp_ganti", "office", ""),
        ("nonsense", "office", ""),
        ("", "office", ""),
    ],
)
def test_a_deep_link_picks_an_office_a_service_or_both(citizen, link, asked, office):
    citizen.opens(link)
    assert citizen.was_asked(asked)
    assert rows(citizen.database, CONVERSATIONS)[0].office_id == office


def test_a_link_of_a_poster_moves_the_chat_to_that_office(citizen):
    citizen.opens("pu").opens("ma")
    assert "Kecamatan Medan Area" in citizen.last
    assert citizen.says("ktp hilang").says("ya").was_asked("applicant")


def test_after_a_service_link_without_office_the_office_is_asked_in_its_turn(citizen):
    citizen.opens("domisili").says("saya sendiri")
    assert citizen.was_asked("office")
    citizen.says("medan area")
    assert citizen.was_asked("ready")


@pytest.mark.parametrize(
    ("office", "there", "elsewhere"),
    [
        ("purwokerto utara", "Surat pengantar RT/RW", "Surat pengantar Kepling"),
        ("medan area", "Surat pengantar Kepling", "Surat pengantar RT/RW"),
    ],
)
def test_the_requirements_told_are_those_of_the_office_just_chosen(
    citizen, office, there, elsewhere
):
    citizen.opens("domisili").says("saya sendiri").says(office)
    assert there in citizen.last
    assert elsewhere not in citizen.last


def test_a_document_that_an_office_does_not_want_is_not_announced_there(citizen):
    citizen.opens("sktm").says("1").says("1").says("purwokerto utara")
    assert "Kartu Keluarga" not in citizen.last
    citizen.continues()
    assert citizen.ticket.startswith("PU-")


# --- consent ----------------------------------------------------------------------------


def test_consent_is_recorded_with_its_version_and_time(citizen):
    citizen.starts("ktp_ganti").continues("consent")
    then = citizen.now
    citizen.chooses("Setuju")
    (consent,) = rows(citizen.database, CONSENTS)
    assert (consent.version, consent.given, consent.at) == (citizen.house.consent, True, then)
    assert (consent.office_id, consent.person_id) == ("pu", rows(citizen.database, PEOPLE)[0].id)


def test_consent_is_not_asked_again_for_another_service(citizen):
    citizen.submits().starts("domisili").continues("nik")
    assert sum("Pelindungan Data Pribadi" in message.text for message in citizen.heard) == 1


def test_a_new_version_of_the_text_asks_everybody_again(citizen):
    citizen.submits()
    citizen.house = replace(citizen.house, consent="2027-01")
    citizen.starts("domisili").continues("consent")
    assert citizen.was_asked("consent")
    citizen.chooses("Setuju")
    assert [row.version for row in rows(citizen.database, CONSENTS)] == ["2026-11", "2027-01"]


@pytest.mark.parametrize("words", ["gak ada", "gak hapal nak", "belum ada kk nya"])
def test_a_no_to_something_else_refuses_no_consent(citizen, words):
    citizen.starts("ktp_ganti").continues("consent").says(words)
    assert citizen.was_asked("consent")
    assert rows(citizen.database, CONSENTS) == []


@pytest.mark.parametrize(
    "words", ["saya sudah kirim ya", "kirimnya kapan?", "sudah tapi namanya salah"]
)
def test_only_a_plain_yes_sends_a_request(citizen, words):
    citizen.starts("ktp_ganti").continues("review").says(words)
    assert rows(citizen.database, TICKETS) == []


@pytest.mark.parametrize(
    "words", ["ya", "1", "iya benar", "kirim", "sudah benar bu", "ya kirim aja"]
)
def test_a_plain_yes_in_any_words_does(citizen, words):
    citizen.starts("ktp_ganti").continues("review").says(words)
    assert len(rows(citizen.database, TICKETS)) == 1


def test_a_refusal_is_recorded_and_still_tells_requirements_and_hours(citizen):
    citizen.starts("ktp_ganti").continues("consent").chooses("Tidak setuju")
    (consent,) = rows(citizen.database, CONSENTS)
    assert consent.given is False
    assert rows(citizen.database, PEOPLE)[0].consent == ""
    assert "Surat kehilangan dari kantor polisi" in citizen.last
    assert "Senin-Kamis 07.15-15.30" in citizen.last
    assert "Kantor Kecamatan Purwokerto Utara" in citizen.last
    assert citizen.state is None


def test_after_a_refusal_consent_is_asked_again_next_time(citizen):
    citizen.starts("ktp_ganti").continues("consent").chooses("Tidak setuju")
    assert citizen.starts("ktp_ganti").continues("consent").was_asked("consent")


def test_the_answers_of_a_person_who_refused_are_not_kept(citizen):
    citizen.starts("ktp_ganti").continues("consent").chooses("Tidak setuju")
    assert rows(citizen.database, CONVERSATIONS)[0].session == ""


def test_photos_of_a_person_who_refused_are_not_kept(citizen):
    citizen.starts("ktp_ganti").continues("consent").sends()
    (kept,) = rows(citizen.database, ATTACHMENTS)
    citizen.chooses("Tidak setuju")
    assert not rows(citizen.database, ATTACHMENTS)
    assert [row.id for row in rows(citizen.database, DOOMED_FILES)] == [kept.id]


# --- coming and going -------------------------------------------------------------------


def test_a_draft_survives_a_restart(url, house):
    database = Database(url)
    citizen = Citizen(database, house).starts("ktp_ganti").continues("police").sends()
    state = citizen.state
    database.close()
    again = Citizen(Database(url), house, now=citizen.now)
    try:
        assert again.state == state
        again._ids = citizen._ids
        assert again.hears().continues().ticket.startswith("PU-2611-00001")
    finally:
        again.database.close()


def test_after_three_days_of_silence_a_person_is_offered_to_go_on(citizen):
    citizen.starts("ktp_ganti").continues("police").waits(days=3).says("halo")
    assert citizen.was_asked("resume")
    assert "3 hari lalu" in citizen.last
    assert "Ganti KTP" in citizen.last
    assert citizen.chooses("Ya, lanjut").was_asked("police")


def test_a_short_silence_is_no_silence(citizen):
    citizen.starts("ktp_ganti").continues("name").waits(hours=5).says("Yuni")
    assert citizen.was_asked("kk")


def test_yesterday_is_counted_by_the_office_s_calendar(citizen):
    """From 23.00 on Sunday to 07.00 on Monday in Purwokerto, both Sunday in London."""
    citizen.waits(hours=-9)
    citizen.starts("ktp_ganti").continues("nik").waits(hours=7).opens()
    assert "Kemarin" in citizen.last


def test_a_photo_that_is_examined_after_hours_breaks_no_silence(citizen):
    citizen.starts("ktp_ganti").continues("name")
    file = citizen.announces()
    citizen.waits(hours=7).judged(file)
    citizen.says("Yuni")
    assert citizen.was_asked("resume"), "the person was silent for seven hours all the same"


def test_who_leaves_is_remembered_as_gone_until_they_write_again(citizen):
    citizen.starts("ktp_ganti").continues("police")
    file = citizen.announces()
    citizen.leaves()
    left = rows(citizen.database, CONVERSATIONS)[0].left_at
    assert left is not None
    citizen.judged(file)
    assert rows(citizen.database, CONVERSATIONS)[0].left_at == left, "a photo is no return"
    citizen.opens()
    assert rows(citizen.database, CONVERSATIONS)[0].left_at is None


def test_what_a_person_calls_themselves_is_kept_clean(database, house):
    named = Inbound("telegram", "1", "1", Opened("pu"), name="Bu\u202e Yuni\x00 ")
    take(database, house, named)
    chat = database.read(lambda tx: conversations.find(tx, "telegram", "1"))
    assert chat.name == "Bu Yuni"


def test_the_first_event_may_be_anything(database, house):
    for number, event in enumerate((Left(), Tapped("kk/reason:new"), Said("\ud800"))):
        inbound = Inbound("web", str(number), f"chat-{number}", event)
        assert take(database, house, inbound)
    assert len(rows(database, CONVERSATIONS)) == 3


def test_replies_wait_in_the_outbox_from_the_moment_of_the_turn(database, house):
    take(database, house, update("halo"))
    claimed = database.write(
        lambda tx: outbox.claim(tx, "telegram", MONDAY, 10, timedelta(seconds=90))
    )
    assert [(row.channel, row.address, row.priority) for row in claimed] == [("telegram", "1", 0)]

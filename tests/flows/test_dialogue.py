"""A whole chat: which flow an event belongs to, what a command does, how one comes back."""

import re
from dataclasses import replace

import pytest

from flows.keywords import pick
from flows.model import (
    Finish,
    Judged,
    Left,
    Record,
    Report,
    Say,
    Sent,
    Session,
    State,
    Unsupported,
)
from pieces import Talker
from talk import MONDAY

CONSENTED = {"office": "pu", "area": "rt_rw", "consent": "yes"}


@pytest.fixture
def chat(house):
    return Talker(house.catalogs["pu"], house.context("pu", False, False, MONDAY))


@pytest.fixture
def begun(chat):
    """Half-way through a new identity card: the NIK is asked for."""
    chat.opens("ktp_ganti").says("KTP hilang").says("saya sendiri").says("ya").says("setuju")
    assert chat.at == "ktp_ganti/nik"
    return chat


@pytest.fixture
def at_photos(begun):
    begun.says("3302271708900003").says("Yuni").says("3302270102150004").says("Grendeng")
    assert begun.at == "ktp_ganti/police"
    return begun


# --- beginnings -------------------------------------------------------------------------


def test_an_opened_chat_is_welcomed(chat):
    assert chat.opens().heard == ["ask want"]


def test_before_an_office_is_chosen_it_is_asked_once(house):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    assert chat.opens().heard == ["ask office"]
    assert chat.says("Purwokerto Utara").heard == ["record office", "ask want"]


def test_a_link_begins_a_service(chat):
    assert chat.opens("domisili").heard == ["ask applicant"]


def test_a_link_may_answer_the_first_question(chat):
    assert chat.opens("ktp_ganti.lost").heard == ["ask applicant"]
    assert chat.session.state.answers == {"reason": "lost"}


def test_an_unknown_link_is_a_plain_opening(chat):
    assert chat.opens("menikah_lagi").heard == ["ask want"]


def test_a_text_that_surely_means_a_service_is_confirmed_first(chat):
    chat.says("bkin ktp ilg gmn yaa")
    assert chat.heard == ["ask yes"]
    assert chat.says("ya").heard == ["ask applicant"]
    assert chat.session.state.answers == {"reason": "lost"}


def test_a_wrong_guess_leads_to_the_menu(chat):
    assert chat.says("ktp hilang").says("bukan itu").heard == ["ask want"]


def test_a_text_that_may_mean_several_services_offers_them(chat):
    chat.says("hilang")
    assert chat.heard == ["ask meant"]
    labels = ["KTP hilang", "KK hilang", "KIA hilang", "Bukan itu semua", "Tanya petugas"]
    assert [choice.label for choice in chat.choices] == labels
    chat.says("kk")
    assert chat.session.state.flow == "kk"
    assert chat.session.state.answers == {"reason": "lost"}


def test_of_several_guesses_none_may_be_right(chat):
    assert chat.says("hilang").says("bukan itu semua").heard == ["ask want"]


def test_another_text_at_the_guess_is_a_new_guess(chat):
    chat.says("ktp hilang").says("surat domisili")
    assert chat.session.state.topic == ("domisili",)


def test_a_text_that_means_nothing_to_us_leads_to_the_menu(chat):
    assert chat.says("xyzzy").heard == ["ask want"]


def test_at_the_menu_a_service_can_be_named_at_once(chat):
    chat.opens().says("surat tidak mampu")
    assert chat.at == "suggest/yes"


def test_at_the_menu_a_text_that_means_nothing_is_not_understood(chat):
    assert chat.opens().says("xyzzy").heard == ["not_understood"]


def test_who_lost_somebody_is_met_with_that(chat):
    chat.says("ibu saya meninggal")
    assert chat.session.state.topic == ("kk.remove.died",)
    assert chat.catalog.suggestions["kk.remove.died"].opening == "Kami turut berduka cita."
    assert chat.says("ya").session.state.answers == {
        "reason": "remove", "cause": "died", "condolence": "seen"
    }  # fmt: skip
    assert chat.at == "kk/applicant"


def test_a_divorce_is_no_death(chat):
    assert chat.says("kk cerai").session.state.topic == ("kk.remove",)


def test_the_menu_lists_the_services(chat):
    chat.opens().says("1")
    assert chat.heard == ["ask service"]
    assert chat.choices[0].label == "Ganti KTP"
    assert chat.says("surat domisili").heard == ["ask applicant"]


@pytest.mark.parametrize(
    ("text", "flow"),
    [("kartu keluarga", "kk"), ("kartu anak", "kia.new"), ("surat domisili", "domisili")],
)
def test_at_the_menu_a_service_goes_before_a_word_of_the_menu(chat, text, flow):
    chat.opens().says(text)
    assert chat.session.state.topic == (flow,)


def test_at_the_menu_its_own_words_are_its_own(chat):
    assert chat.opens().says("urus surat").heard == ["ask service"]


def test_the_menu_tells_the_status(chat):
    assert chat.opens().says("2").heard == ["report"]


# --- commands ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("bantuan", "help"),
        ("status", "report"),
        ("petugas", "ask message"),
        ("makasih ya", "thanks"),
        ("batal", "ask cancel"),
    ],
)
def test_some_words_are_understood_at_any_moment(begun, text, heard):
    assert begun.says(text).heard == [heard]


@pytest.mark.parametrize("text", ["menu", "0"])
def test_the_menu_says_that_a_request_was_begun(begun, text):
    assert begun.says(text).heard == ["draft_waits", "ask want"]
    assert begun.says("lanjut").heard == ["ask nik"]


def test_the_menu_says_nothing_of_a_request_when_there_is_none(chat):
    assert chat.says("menu").heard == ["ask want"]


def test_a_command_is_also_a_button(begun):
    assert begun.taps("help").heard == ["help"]
    assert [choice.token for choice in begun.choices] == ["resume", "officer", "menu"]


def test_back_asks_the_question_before(begun):
    assert begun.says("kembali").heard == ["ask consent"]


def test_back_in_an_empty_chat_leads_to_the_menu(chat):
    assert chat.says("kembali").heard == ["ask want"]


def test_a_request_left_for_the_menu_can_be_resumed(begun):
    assert begun.says("menu").says("lanjut yang tadi").heard == ["ask nik"]


def test_there_may_be_nothing_to_resume(chat):
    assert chat.says("lanjut yang tadi").heard == ["no_draft", "ask want"]


def test_cancelling_is_asked_once_and_forgets_the_request(begun):
    assert begun.says("batal").heard == ["ask cancel"]
    assert begun.says("ya").heard == ["cancelled"]
    assert begun.session == Session()


@pytest.mark.parametrize("text", ["batal", "batalkan", "ya batal", "batal aja", "1"])
def test_cancelling_twice_is_a_yes(begun, text):
    begun.says("batal").says(text)
    assert begun.heard == ["cancelled"]
    assert begun.session == Session()


@pytest.mark.parametrize("text", ["tidak", "gak jadi", "ga jadi", "tidak jadi", "lanjut", "2"])
def test_not_cancelling_goes_on(begun, text):
    assert begun.says("batal").says(text).heard == ["ask nik"]


@pytest.mark.parametrize("text", ["kapan jadi", "status", "petugas", "menu"])
def test_another_command_at_the_question_cancels_nothing(begun, text):
    begun.says("batal").says(text)
    assert "ktp_ganti" in begun.session.states


def test_a_request_without_answers_is_cancelled_without_a_question(chat):
    assert chat.opens("ktp_ganti").says("batal").heard == ["cancelled"]
    assert chat.session == Session()


@pytest.mark.parametrize(
    "text", ["gak jadi", "ga jadi deh", "ora sida", "batal", "tidak paham", "salah ketik"]
)
def test_a_command_is_not_taken_for_a_no(chat, text):
    chat.opens("kk").says("buat kk baru")
    assert chat.at == "kk/moved_in"
    chat.says(text)
    assert "moved_in" not in (chat.session.states.get("kk") or State("kk")).answers


def test_going_on_may_be_what_the_question_offers(begun):
    begun.opens()
    assert begun.at == "resume/resume"
    assert begun.says("lanjut").heard == ["ask nik"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("PU-2611-00042-7", "PU-2611-00042-7"),
        ("pu-2611-00042-7", "PU-2611-00042-7"),
        ("pu 2611 00042 7", "PU-2611-00042-7"),
        ("PU2611000427", "PU-2611-00042-7"),
        ("pak, yang PU-2611-00042-7 gimana ya", "PU-2611-00042-7"),
        ("PI-2611-00042-7", "PI-2611-00042-7"),
        ("PU-２６１１-００042-7", "PU-2611-00042-7"),
    ],
)
def test_a_ticket_number_is_recognised_however_it_is_typed(begun, text, number):
    assert begun.says(text).effects == (Report(number),)


@pytest.mark.parametrize(
    "text",
    [
        "nik 3302271708900003",
        "NIK saya 3302271708900003",
        "nik3302271708900003",
        "saya 3302 2717 0890 0003",
    ],
)
def test_a_nik_with_a_word_before_it_is_no_ticket_number(begun, text):
    assert begun.says(text).heard == ["ask name"]


def test_a_family_number_with_its_name_is_no_ticket_number(begun):
    begun.says("3302271708900003").says("Yuni").says("kk 3302270102150004")
    assert begun.heard == ["ask kelurahan"]


def test_a_telephone_number_with_a_word_is_no_ticket_number(chat):
    chat.does(Left())
    chat.session = Session("dispensasi_nikah", {
        "dispensasi_nikah": State("dispensasi_nikah", {
            "akad": "2026-11-30", "ready": "yes", "consent": "yes", "groom_born": "1998-08-17",
            "bride_born": "2000-04-21", "groom_nik": "3302271708980003", "groom_name": "A B",
            "bride_nik": "3302276104000002", "bride_name": "C D", "late_reason": "kerja",
        }, asked="phone"),
    })  # fmt: skip
    assert chat.says("hp 081234567890").heard != ["report"]
    assert chat.session.state.answers["phone"] == "+6281234567890"


# --- greetings --------------------------------------------------------------------------


def test_a_greeting_is_answered_with_the_menu(chat):
    assert chat.says("selamat pagi").heard == ["ask want"]
    assert chat.session.state.topic == ()


def test_a_salam_is_answered_as_such(chat):
    assert chat.says("Assalamualaikum wr wb").session.state.topic == ("salam",)


def test_a_greeting_in_the_middle_repeats_the_question(begun):
    assert begun.says("assalamu alaikum").heard == ["greeting", "ask nik"]
    assert begun.effects[0].values == {"salam": True}


# --- coming back ------------------------------------------------------------------------


def test_opening_the_chat_again_offers_the_unfinished_request_first(begun):
    assert begun.opens().heard == ["ask resume"]
    assert begun.says("ya").heard == ["ask nik"]


def test_a_request_can_be_begun_anew(begun):
    begun.opens().says("ulang dari awal")
    assert begun.heard == ["ask reason"]
    assert begun.session.state.answers == {}


def test_a_request_can_wait(begun):
    begun.opens()
    assert begun.says("nanti saja").heard == ["later"]
    assert begun.says("lanjut yang tadi").heard == ["ask nik"]


def test_the_same_service_again_offers_to_go_on(begun):
    assert begun.opens("ktp_ganti").heard == ["ask resume"]


@pytest.mark.parametrize("text", ["ktp hilang", "ganti ktp"])
def test_naming_the_same_service_at_that_question_goes_on(begun, text):
    begun.opens("ktp_ganti")
    assert begun.says(text).heard == ["ask nik"]
    assert "resume" not in begun.session.states


def test_naming_another_one_there_offers_that(begun):
    begun.opens("ktp_ganti")
    assert begun.says("kartu keluarga").heard == ["ask yes"]
    assert begun.says("ya").heard == ["ask reason"]
    assert set(begun.session.states) == {"ktp_ganti", "kk"}


def test_what_means_nothing_there_is_not_understood(begun):
    begun.opens("ktp_ganti")
    assert begun.says("hmmm").heard == ["not_understood"]


def test_a_message_written_before_the_office_is_known_is_the_message(house):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    assert chat.says("petugas").heard == ["ask office"]
    assert chat.says("bu, ktp ibu saya kok belum jadi").heard == ["message_kept", "ask office"]
    assert chat.says("namanya Sarinem").heard == ["message_kept", "ask office"]
    assert chat.says("medan").heard == ["record office", "finish officer"]
    message = chat.effects[-1].answers["message"]
    assert message == "bu, ktp ibu saya kok belum jadi\nnamanya Sarinem"


def test_a_photo_for_an_officer_is_a_message_with_or_without_words(at_photos):
    at_photos.says("petugas").does(Sent("f1", " ini suratnya,  bu "))
    assert at_photos.effects == (
        Finish("officer", {"message": "ini suratnya, bu", "files": ("f1",)}),
    )
    at_photos.does(Sent("f2"))
    assert at_photos.effects == (Finish("officer", {"message": "", "files": ("f2",)}),)
    assert at_photos.does(Judged("f2", "photo", "good")).heard == []
    assert at_photos.session.states["ktp_ganti"].waiting == (), "the request waits for none"


def test_a_photo_for_an_officer_sent_before_the_office_is_known_goes_along(house):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    assert chat.says("petugas").does(Sent("f1")).heard == ["message_kept", "ask office"]
    assert chat.does(Sent("f2")).heard == []
    assert chat.does(Judged("f1", "photo", "good")).heard == []
    assert chat.does(Sent("f3", "dua lembar")).heard == ["message_kept", "ask office"]
    assert chat.says("medan").heard == ["record office", "finish officer"]
    answers = chat.effects[-1].answers
    assert (answers["message"], answers["files"]) == ("dua lembar", ("f1", "f2", "f3"))


def test_a_photo_for_an_officer_who_is_left_is_no_document_of_what_comes_next(house):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    chat.says("petugas").does(Sent("f1")).says("menu")
    assert (chat.session.state.waiting, chat.session.state.loose) == ((), ())


def test_a_book_written_before_the_office_is_known_is_no_message(house):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    chat.says("petugas")
    assert chat.says("ibu " * 1000).heard == ["not_understood"]


def test_another_service_can_be_begun_beside_it(begun):
    begun.opens("domisili").says("saya sendiri")
    assert begun.says("lanjut yang tadi").heard == ["ask ready"], "the newest one"
    assert set(begun.session.states) == {"ktp_ganti", "domisili"}


def test_after_a_silence_a_word_that_may_be_anything_is_not_taken_for_the_answer(begun):
    begun.says("3302271708900003").returns()
    assert begun.at == "ktp_ganti/name"
    assert begun.says("pak mau tanya").heard != ["ask kk"]
    assert "name" not in begun.session.states["ktp_ganti"].answers


def test_after_a_silence_the_answer_awaited_is_taken(begun):
    assert begun.returns().says("3302271708900003").heard == ["ask name"]


def test_after_a_silence_a_text_we_do_not_understand_offers_to_go_on(begun):
    assert begun.returns().says("gimana ya kemarin").heard == ["ask resume"]


def test_after_a_silence_a_greeting_offers_to_go_on(begun):
    assert begun.returns().says("pagi").heard == ["ask resume"]


def test_after_a_silence_the_menu_is_what_it_always_is(chat):
    assert chat.opens().returns().says("xyzzy").heard == ["not_understood"]


# --- photos between flows ---------------------------------------------------------------


def test_a_photo_before_any_request_is_kept_and_goes_along(chat):
    assert chat.sends("f1").heard == ["photo_kept", "ask want"]
    assert chat.says("ktp hilang").heard == ["ask yes"]
    assert chat.says("ya").heard == ["ask applicant"]
    chat.says("saya").says("ya").says("setuju").says("3302271708900003").says("Yuni").says(
        "3302270102150004"
    ).says("grendeng")
    assert chat.heard == ["which_photo"]
    assert chat.says("surat kehilangan").heard == ["photo_good", "ask kk_photo"]
    assert chat.session.state.answers["police"] == ("f1",)


def test_a_photo_still_on_its_way_goes_along_as_well(chat):
    chat.does(Sent("f1"))
    assert chat.says("ktp hilang").heard == ["ask yes"]
    assert chat.says("ya").heard == ["ask applicant"]
    assert chat.does(Judged("f1", "photo", "good")).heard == ["photo_kept", "ask applicant"]


def test_a_photo_for_a_request_that_waits_belongs_to_it(at_photos):
    at_photos.says("menu").sends("f1")
    assert at_photos.heard == ["photo_good", "ask kk_photo"]


def test_a_verdict_reaches_the_request_that_waits_behind_another_talk(at_photos):
    at_photos.does(Sent("f1")).says("petugas")
    assert at_photos.at == "officer/message"
    assert at_photos.does(Judged("f1", "photo", "good")).heard == ["photo_good"]
    assert at_photos.at == "officer/message", "the question to the officer goes on"


def test_a_correction_that_ends_behind_another_talk_does_not_end_that_talk(chat):
    answers = {"purpose": "school", "applicant": "self", "ready": "yes", "nik": "3302271708900003",
               "name": "Yuni", "kelurahan": "grendeng", "rt_rw": "RT 003/RW 002",
               "kelurahan_letter": ("a",), "kk_photo": ("c",), "review": "send"}  # fmt: skip
    chat.context = replace(chat.context, given=CONSENTED)
    chat.session = Session().put(State("sktm", answers, asked="ktp", ticket="PU-2611-00001-4"))
    chat.does(Sent("b")).says("petugas")
    assert chat.does(Judged("b", "photo", "good")).heard == ["photo_good", "finish sktm"]
    assert chat.at == "officer/message"
    assert chat.says("Apakah sudah masuk?").heard == ["finish officer"]


def test_a_correction_needs_no_new_consent(chat):
    answers = {"purpose": "school", "applicant": "self", "ready": "yes", "nik": "3302271708900003",
               "name": "Yuni", "kelurahan": "grendeng", "rt_rw": "RT 003/RW 002",
               "kelurahan_letter": ("a",), "review": "send"}  # fmt: skip
    chat.session = Session().put(State("sktm", answers, asked="ktp", ticket="PU-2611-00001-4"))
    assert chat.sends("b").heard == ["photo_good", "finish sktm"]


def test_a_correction_cannot_be_cancelled_by_a_word(chat):
    chat.session = Session().put(State("sktm", {"purpose": "school"}, ticket="PU-2611-00001-4"))
    chat.says("batal")
    assert chat.heard[0] == "correction_waits"
    assert "PU-2611-00001-4" in chat.session.states


def test_a_correction_does_not_displace_a_new_request(chat):
    chat.session = Session().put(State("sktm", {"purpose": "school"}, ticket="PU-2611-00001-4"))
    chat.opens("sktm")
    assert set(chat.session.states) == {"PU-2611-00001-4", "sktm"}


def test_a_photo_that_is_judged_after_its_request_was_cancelled_is_nobody_s(at_photos):
    at_photos.does(Sent("f1")).says("batal").says("ya")
    assert at_photos.does(Judged("f1", "photo", "good")).heard == []


# --- oddities ---------------------------------------------------------------------------


def test_a_button_of_a_flow_that_is_over_is_answered_with_the_present(begun):
    assert begun.taps("domisili/applicant:self").heard == ["old_button", "ask nik"]


def test_a_button_in_an_empty_chat_is_answered_with_the_menu(chat):
    assert chat.taps("domisili/applicant:self").heard == ["old_button", "ask want"]


def test_a_button_of_a_request_that_waits_takes_it_up_again(begun):
    begun.says("menu").taps("ktp_ganti/reason:lost")
    assert begun.heard == ["ask nik"], "never silent, and never unseen"
    assert begun.at == "ktp_ganti/nik"


def test_an_edited_message_is_told_how_to_change_the_answer(begun):
    begun.says("3302271708900003")
    assert begun.says("3302271708900004", edited=True).heard == ["edited"]
    assert begun.session.state.answers["nik"] == "3302271708900003"


def test_an_edited_message_that_was_not_understood_before_counts(begun):
    begun.says("33022717089000")
    assert begun.says("3302271708900003", edited=True).heard == ["ask name"]


def test_something_unreadable_in_an_empty_chat_is_answered_with_the_menu(chat):
    assert chat.does(Unsupported("sticker")).heard == ["unsupported", "ask want"]


def test_leaving_says_nothing_and_forgets_nothing(begun):
    before = begun.session
    assert begun.does(Left()).heard == []
    assert begun.session == before


def test_a_service_that_is_no_longer_offered_is_forgotten(begun, house):
    fewer = {
        name: flow for name, flow in house.catalogs["pu"].services.items() if name != "ktp_ganti"
    }
    begun.catalog = replace(begun.catalog, services=fewer)
    assert begun.says("3302271708900003").heard == ["ask want"]
    assert begun.session.states.keys() == {"welcome"}


def test_consent_is_recorded(chat):
    chat.opens("domisili").says("saya").says("ya").says("setuju")
    assert Record("consent", "yes") in chat.effects


def test_a_refused_consent_still_tells_the_way(chat):
    chat.opens("domisili").says("saya").says("ya").says("tidak setuju")
    assert chat.heard == ["record consent", "ask refused"]
    assert chat.session == Session()


def test_no_example_and_no_option_is_taken_for_a_command(house):
    """What we suggest to write must be taken for the answer when somebody writes it."""
    taken = []
    for catalog in house.catalogs.values():
        for flow in (*catalog.services.values(), *catalog.talks.values()):
            for step in flow.steps:
                said = re.findall(r"Contoh: (.+)", step.ask)
                said += [text for option in step.options for text in (option.label, *option.words)]
                slips = step.kind != "text"
                found = {text: catalog.keywords.find(text, slips=slips) for text in said}
                offered = {option.label for option in step.options}
                offered |= {word for option in step.options for word in option.words}
                taken += [(step.id, t, c) for t, c in found.items() if c and t not in offered]
    assert taken == []


def test_every_spelling_of_a_command_is_understood(house):
    catalog = house.catalogs["pu"]
    spelled = [(name, each) for name, o in catalog.commands.items() for each in (o.label, *o.words)]
    assert [(name, each) for name, each in spelled if catalog.keywords.find(each) != name] == []


def test_every_way_to_name_a_service_leads_to_it(house):
    catalog = house.catalogs["pu"]
    for suggestion in catalog.suggestions.values():
        for words in suggestion.hint.words:
            near = (catalog.intents.best(words), *catalog.intents.near(words))
            assert suggestion.hint.flow in {hint.flow for hint in near if hint}, words


def test_every_kelurahan_is_found_by_its_name_as_it_is_shown(house):
    for office in house.offices.values():
        labels = [option.label for option in office.kelurahan]
        words = [option.words for option in office.kelurahan]
        for case in (str.title, str.lower, str.upper):
            assert [pick(labels, case(each), words) for each in labels] == [*range(len(labels))]


@pytest.mark.parametrize(
    ("typed", "kelurahan"),
    [
        ("sukaramai 2", "sukaramai_ii"),
        ("tegal sari 3", "tegal_sari_iii"),
        ("kota matsum IV", "kota_matsum_iv"),
        ("2", "sukaramai_ii"),
        ("sei rengas permata", "sei_rengas_permata"),
    ],
)
def test_a_kelurahan_with_a_roman_number_is_found_by_its_figure(house, typed, kelurahan):
    options = house.offices["ma"].kelurahan
    found = pick([o.label for o in options], typed, [o.words for o in options])
    assert found is not None
    assert options[found].id == kelurahan


def test_no_name_of_a_kelurahan_is_taken_for_a_command(house):
    for office in house.offices.values():
        keywords = house.catalog(office.id).keywords
        assert [o.label for o in office.kelurahan if keywords.find(o.label)] == []


@pytest.mark.parametrize(
    "name", ["Slamet", "Siti", "Batara", "Status Widodo", "Menurut", "Salamah", "Bantu Waluyo"]
)
def test_a_name_is_not_taken_for_a_command(begun, name):
    begun.says("3302271708900003")
    assert begun.says(name).heard == ["ask kk"]


def test_every_say_has_its_words(house, begun):
    begun.says("bantuan")
    assert all(effect.message in house.words for effect in begun.effects if isinstance(effect, Say))


# --- what people write who do not think of a form -----------------------------------------


def test_going_on_at_the_review_shows_it_again_and_sends_nothing(at_photos):
    at_photos.sends("f1").sends("f2")
    assert at_photos.heard[-1] == "ask review"
    assert at_photos.says("lanjut").heard == ["ask review"]
    assert at_photos.says("ya").heard == ["finish ktp_ganti"]


@pytest.mark.parametrize("text", ["udah dulu ya", "sudah dulu", "nanti lanjut", "batal dulu deh"])
def test_who_stops_for_now_is_told_how_to_go_on(begun, text):
    assert begun.says(text).heard == ["later"]
    assert begun.says("lanjut").heard == ["ask nik"]


@pytest.mark.parametrize("text", ["udah dulu ya", "sudah makan", "sudah dulu bu"])
def test_no_slip_takes_a_number_in_the_queue(chat, text):
    assert "finish checkin" not in chat.says(text).heard


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("medan", "ma"), ("Medan Area", "ma"), ("kecamatan purwokerto utara", "pu"),
        ("saya di purwokerto utara", "pu"), ("Purwokerto Selatan", None),
        ("Medan Selayang", None), ("pak mau pindah ke medan", None),
    ],
)  # fmt: skip
def test_an_office_is_meant_by_its_own_name(house, text, office):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    chat.opens().says(text)
    recorded = [effect.value for effect in chat.effects if isinstance(effect, Record)]
    assert recorded == ([office] if office else [])


def test_an_office_may_be_named_at_another_question(house):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    chat.says("mau urus surat pindah").says("ya")
    assert chat.at == "pindah/kind"
    assert chat.says("purwokerto utara").heard == ["record office", "ask kind"]


def test_a_poor_photo_that_came_early_is_not_praised(begun):
    assert begun.sends("f1", "blurred").heard == ["which_photo"]
    assert begun.taps("ktp_ganti/@place:police").heard == ["photo_as_is", "ask nik"]


def test_before_consent_a_photo_is_kept_and_not_filed(chat):
    chat.opens("ktp_ganti").says("KTP hilang").says("saya sendiri").says("ya")
    assert chat.sends().heard == ["photo_kept", "ask consent"]
    chat.says("setuju").says("3302271708900003").says("Yuni").says("3302270102150004")
    assert chat.says("Grendeng").heard == ["which_photo"]


@pytest.mark.parametrize("text", ["bikin surat itu dimana", "surat kehilangan gimana caranya"])
def test_a_question_about_a_paper_is_no_choice_of_it(at_photos, text):
    for event in (
        Sent("f1"),
        Sent("f2"),
        Judged("f1", "photo", "good"),
        Judged("f2", "photo", "good"),
    ):
        at_photos.does(event)
    assert at_photos.says(text).heard == ["not_understood"]

"""One flow: what is asked next, what counts as an answer, and what becomes of photos."""

import pytest

from flows import answering, checklist
from flows.model import Context, Opened, Option, Sent, State, Tapped, Unsupported
from pieces import ROOT, TODAY, Answerer, flow

SOURCE = 'source = { url = "https://example.go.id" }'

PLAIN = """
[[steps]]
choice = "owner"
label = "Pemilik"
ask = "Milik siapa?"
options.self = { label = "Saya sendiri", words = ["aku"] }
options.proxy = "Orang lain"

[[steps]]
text = "proxy_name"
label = "Nama wakil"
check = "name"
ask = "Siapa nama Bapak/Ibu?"
when = { owner = "proxy" }

[[steps]]
text = "nik"
label = "NIK"
check = "nik"
ask = "Tulis NIK."
"""

PHOTOS = f"""
[[steps]]
document = "letter"
label = "Surat"
ask = "Kirim foto surat."
{SOURCE}

[[steps]]
document = "cards"
label = "KTP kedua calon"
many = true
ask = "Kirim foto kedua KTP."
{SOURCE}

[[steps]]
document = "picture"
label = "Pas foto"
accepts = ["photo"]
ask = "Kirim pas foto."
{SOURCE}
"""

REVIEW = """
[[steps]]
review = "review"
label = ""
ask = "{summary}"
options.send = { label = "Ya, kirim", words = ["benar"] }
options.change = { label = "Ubah", words = ["salah"] }
"""

NUMBERS = """
[[steps]]
text = "nik"
label = "NIK"
check = "nik"
adult = true
ask = "Tulis NIK."

[[steps]]
text = "kk"
label = "Nomor KK"
check = "kk"
ask = "Tulis nomor KK."
"""

SEVERAL = """
[[steps]]
choices = "changes"
label = "Data"
ask = "Data apa?"
options = { name = "Nama", job = "Pekerjaan", sex = "Jenis kelamin" }
"""


@pytest.fixture
def person():
    return Answerer(flow(PLAIN + REVIEW))


@pytest.fixture
def sender():
    return Answerer(flow(PHOTOS + REVIEW))


# --- what is asked ---------------------------------------------------------------------


def test_the_first_question_is_the_first_step_that_applies(person):
    assert person.heard == ["ask owner"]
    assert person.offered == ["Saya sendiri", "Orang lain"]


@pytest.mark.parametrize("text", ["1", "Saya sendiri", "saya sendiri ya", "aku", "yang pertama"])
def test_a_choice_is_answered_by_its_number_or_its_words(person, text):
    assert person.says(text).answers == {"owner": "self"}


def test_a_choice_is_answered_by_its_button(person):
    assert person.taps("proxy").answers == {"owner": "proxy"}


def test_a_step_whose_guard_does_not_hold_is_not_asked(person):
    assert person.taps("self").heard == ["ask nik"]


def test_a_step_whose_guard_holds_is_asked(person):
    assert person.taps("proxy").heard == ["ask proxy_name"]


def test_a_given_value_is_not_asked_for():
    known = Context(TODAY, given={"owner": "proxy"})
    assert Answerer(flow(PLAIN), known).heard == ["ask proxy_name"]


def test_a_guard_may_look_at_given_values():
    steps = PLAIN.replace('owner = "proxy" }', 'area = "lingkungan" }')
    there = Context(TODAY, given={"owner": "self", "area": "lingkungan"})
    assert Answerer(flow(steps), there).asked == "proxy_name"
    assert Answerer(flow(steps), Context(TODAY, given={"owner": "self"})).asked == "nik"


def test_information_on_the_way_is_said_once_and_needs_no_answer():
    note = '[[steps]]\ninfo = "note"\nask = "Gratis."\nwhen = { owner = "proxy" }\n'
    owner, rest = PLAIN.split('[[steps]]\ntext = "proxy_name"')
    person = Answerer(flow(f'{owner}{note}[[steps]]\ntext = "proxy_name"{rest}'))
    assert person.taps("proxy").heard == ["ask note", "ask proxy_name"]
    assert person.goes_back().heard == ["ask owner"]
    assert person.taps("self").heard == ["ask nik"]


def test_a_stop_says_its_words_and_ends_the_flow():
    stop = '[[steps]]\nstop = "no"\nask = "Tidak perlu."\nwhen = { owner = "proxy" }\n'
    person = Answerer(flow(PLAIN + stop)).taps("proxy").says("Yuni Astuti").says("3302271708900003")
    assert person.heard == ["ask no"]
    assert person.state is None


def test_a_complete_checklist_finishes_with_all_answers(person):
    person.taps("self").says("3302271708900003").taps("send")
    assert person.heard == ["finish test"]
    assert person.answers == {"owner": "self", "nik": "3302271708900003", "review": "send"}


def test_options_that_come_as_data_stand_before_the_step_s_own():
    slots = flow(
        '[[steps]]\nchoice = "slot"\noffers = "pickup"\nask = "Kapan?"\noptions.other = "Hari lain"'
    )
    person = Answerer(slots.offering(pickup=(Option("mon", "Senin"), Option("tue", "Selasa"))))
    assert person.offered == ["Senin", "Selasa", "Hari lain"]
    assert person.says("2").answers == {"slot": "tue"}


def test_an_option_that_has_gone_meanwhile_is_not_taken():
    slots = flow('[[steps]]\nchoice = "slot"\noffers = "pickup"\nask = "Kapan?"')
    person = Answerer(slots.offering(pickup=(Option("mon", "Senin"), Option("tue", "Selasa"))))
    person.meanwhile(slots.offering(pickup=(Option("tue", "Selasa"),)))
    assert person.taps("mon").heard == ["old_button", "ask slot"]
    assert person.offered == ["Selasa"]


@pytest.mark.parametrize(
    "text", ["iyah", "ya benar", "iya benar", "ya betul", "benar semua", "setuju", "nggih leres"]
)
def test_a_yes_at_the_review_is_known_in_many_words(text):
    review = (ROOT / "flows" / "talks" / "finish.toml").read_text(encoding="utf-8")
    sent = Answerer(flow(review.partition("[[steps]]")[1] + review.partition("[[steps]]")[2]))
    assert sent.says(text).heard == ["finish test"]


# --- answers that cannot be used -------------------------------------------------------


def test_a_refused_text_says_why_and_is_not_kept(person):
    person.taps("self").says("123")
    assert person.heard == ["wrong_nik_short"]
    assert person.values("wrong_nik_short") == {"digits": 3, "tries": 1}
    assert not person.understood
    assert "nik" not in person.answers


def test_from_the_third_failure_on_a_human_is_offered(person):
    person.taps("self").says("1").says("12")
    assert person.offered == []
    assert person.says("123").offered == ["Tanya petugas"]
    assert person.says("1234").offered == ["Tanya petugas"]


def test_a_good_answer_ends_the_count_of_failures(person):
    person.says("hah?").says("apa").taps("self").says("12")
    assert person.values("wrong_nik_short")["tries"] == 1


def test_a_choice_that_is_not_understood_is_offered_again(person):
    person.says("entahlah")
    assert person.heard == ["not_understood"]
    assert person.offered == ["Saya sendiri", "Orang lain"]
    assert person.says("bingung sekali").says("waduh").offered[-1] == "Tanya petugas"


def test_something_that_we_cannot_read_is_answered_and_the_question_asked_again(person):
    assert person.does(Unsupported("voice")).heard == ["unsupported", "ask owner"]


def test_a_button_of_another_question_is_answered_with_the_present_one(person):
    person.taps("self")
    assert person.taps("proxy", "owner").heard == ["old_button", "ask nik"]
    assert person.answers == {"owner": "self"}


def test_a_second_tap_on_the_same_button_is_not_worth_a_word(person):
    person.taps("self")
    assert person.taps("self", "owner").heard == []
    assert person.asked == "nik"


@pytest.mark.parametrize(
    "token", ["", "test", "test/", "test/:", "test/owner", ":", "other/owner:self"]
)
def test_a_token_that_no_button_carries_changes_nothing(person, token):
    assert person.does(Tapped(token)).heard == ["old_button", "ask owner"]


NIK, KK, CHILD, OLD = "3302271708900003", "3302270102150004", "3302271708150003", "3302271005750001"


def test_one_number_cannot_be_both_the_persons_and_the_familys():
    person = Answerer(flow(NUMBERS)).says(NIK).says(NIK)
    assert person.heard == ["wrong_kk_same"]
    assert person.says(NIK).heard == ["wrong_kk_same"], "however often it is written"
    assert person.says(KK).heard == ["finish test"]


def test_a_family_number_that_looks_like_a_nik_is_asked_about_once():
    person = Answerer(flow(NUMBERS.replace("adult = true", ""))).says(KK).says(NIK)
    assert person.heard == ["wrong_kk_swapped"]
    assert person.says("3302 2717 0890 0003").heard == ["finish test"]


def test_another_mans_nik_in_the_place_of_the_family_number_is_asked_about():
    person = Answerer(flow(NUMBERS)).says(NIK).says(OLD)
    assert person.heard == ["wrong_kk_swapped"]
    assert person.says(OLD).heard == ["finish test"]


def test_another_odd_number_is_another_question():
    person = Answerer(flow(NUMBERS.replace("adult = true", ""))).says(KK).says(NIK).says(OLD)
    assert person.heard == ["wrong_kk_swapped"]
    assert person.says(OLD).answers["kk"] == OLD


def test_the_nik_of_a_child_is_asked_about_once_where_an_adult_is_meant():
    person = Answerer(flow(NUMBERS)).says(CHILD)
    assert person.heard == ["wrong_nik_young"]
    assert person.says(CHILD).heard == ["ask kk"]
    assert Answerer(flow(NUMBERS.replace("adult = true", ""))).says(CHILD).heard == ["ask kk"]


def test_a_nik_changed_afterwards_is_held_against_the_family_number_too():
    person = Answerer(flow(NUMBERS + REVIEW)).says(NIK).says(KK).taps("change").taps("nik")
    assert person.says(KK).heard == ["wrong_nik_same"]
    assert person.says(NIK).heard == ["ask review"]


def test_a_human_is_offered_once():
    own = 'options.officer = "Tanya petugas"\noptions.mine = "Saya"'
    asked = Answerer(flow(f'[[steps]]\nchoice = "who"\nask = "Siapa?"\n{own}'))
    asked.says("entahlah").says("entahlah").says("entahlah")
    assert asked.offered == ["Tanya petugas", "Saya"]


# --- going back and changing one's mind ------------------------------------------------


def test_back_drops_the_last_answer_and_asks_it_again(person):
    person.taps("proxy").says("Yuni").goes_back()
    assert person.heard == ["ask proxy_name"]
    assert person.answers == {"owner": "proxy"}


def test_back_at_the_first_question_says_that_it_is_the_first(person):
    assert person.goes_back().heard == ["nothing_before", "ask owner"]


def test_back_goes_past_what_is_known_meanwhile(person):
    person.taps("proxy").says("Yuni")
    person.context = Context(TODAY, given={"proxy_name": "Yuni"})
    assert person.goes_back().heard == ["ask owner"]


def test_a_change_of_mind_drops_what_no_longer_applies(person):
    person.taps("proxy").says("Yuni").goes_back().goes_back().taps("self")
    assert person.heard == ["ask nik"]
    assert person.answers == {"owner": "self"}


def test_at_the_review_any_answer_can_be_changed(person):
    person.taps("proxy").says("Yuni").says("3302271708900003").says("salah")
    assert person.heard == ["what_to_change"]
    assert person.offered == ["Pemilik", "Nama wakil", "NIK"]
    assert person.says("nama wakil").heard == ["ask proxy_name"]
    assert person.says("Slamet").heard == ["ask review"]
    assert person.answers["proxy_name"] == "Slamet"


def test_a_change_at_the_review_drops_what_no_longer_applies(person):
    person.taps("proxy").says("Yuni").says("3302271708900003").taps("change").taps("owner")
    assert person.taps("self").heard == ["ask review"]
    assert person.answers == {"owner": "self", "nik": "3302271708900003"}


def test_back_from_the_list_of_answers_leads_to_the_review(person):
    person.taps("self").says("3302271708900003").taps("change")
    assert person.goes_back().heard == ["ask review"]


# --- a file that changes while people are half-way ---------------------------------------


def test_a_step_inserted_meanwhile_is_asked_next(person):
    person.taps("self")
    person.meanwhile(flow('[[steps]]\ntext = "phone"\ncheck = "phone"\nask = "HP?"\n' + PLAIN))
    assert person.says("3302271708900003").asked == "phone"
    assert person.says("081234567890").heard == ["finish test"]


def test_a_step_removed_meanwhile_is_forgotten(person):
    person.taps("proxy")
    person.meanwhile(flow(PLAIN.replace('text = "proxy_name"', 'text = "address"')))
    assert person.says("Yuni").heard == ["ask address"]


def test_an_answer_to_a_step_that_has_gone_does_not_reach_the_office(person):
    person.taps("proxy").says("Yuni")
    person.meanwhile(flow(PLAIN.replace('text = "proxy_name"', 'text = "address"')))
    person.says("3302271708900003").says("Jalan Kenanga")
    assert person.heard == ["finish test"]
    assert "proxy_name" not in person.answers


# --- several choices --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["1, 3", "1 3", "1 dan 3", "nama, jenis kelamin", "nama dan jenis kelamin"]
)
def test_several_choices_in_one_text_close_the_question(text):
    assert Answerer(flow(SEVERAL + PLAIN)).says(text).answers == {"changes": ("name", "sex")}


def test_one_choice_leaves_the_question_open_until_done():
    person = Answerer(flow(SEVERAL + PLAIN)).says("2")
    assert person.heard == ["more_choices"]
    assert person.offered == ["Nama", "Jenis kelamin", "Sudah semua"]
    assert person.says("1").offered == ["Jenis kelamin", "Sudah semua"]
    assert person.says("sudah").heard == ["ask owner"]
    assert person.answers == {"changes": ("job", "name")}


def test_choosing_everything_closes_the_question_by_itself():
    person = Answerer(flow(SEVERAL + PLAIN)).taps("sex").taps("job").taps("name")
    assert person.heard == ["ask owner"]


def test_one_wrong_part_makes_the_whole_text_unclear():
    person = Answerer(flow(SEVERAL + PLAIN)).says("nama dan kucing")
    assert person.heard == ["not_understood"]
    assert person.answers == {}


def test_back_while_choosing_several_begins_the_question_anew():
    person = Answerer(flow(SEVERAL + PLAIN)).taps("sex").goes_back()
    assert person.answers == {}
    assert person.offered == ["Nama", "Pekerjaan", "Jenis kelamin"]


# --- photos -----------------------------------------------------------------------------


def test_a_good_photo_is_the_answer_to_the_document_asked_for(sender):
    sender.sends()
    assert sender.heard == ["photo_good", "ask cards"]
    assert sender.values("photo_good") == {"label": "Surat", "left": 2}
    assert sender.answers == {"letter": ("f1",)}


def test_a_text_in_place_of_a_photo_is_told_what_is_awaited(sender):
    assert sender.says("besok ya").heard == ["photo_wanted"]


def test_from_the_second_text_in_place_of_a_photo_a_human_is_offered(sender):
    assert sender.says("nanti ya bu").offered == []
    assert sender.says("suratnya tidak punya").offered == ["Tanya petugas"]


@pytest.mark.parametrize("verdict", ["blurred", "dark", "bright", "small"])
def test_a_poor_photo_says_what_would_help_and_of_which_photo_it_speaks(sender, verdict):
    sender.sends(verdict)
    assert sender.heard == [f"photo_{verdict}"]
    assert sender.effects[0].about == "f1"
    assert sender.offered == ["Foto lagi"]


def test_from_the_second_poor_photo_on_it_may_be_sent_as_it_is(sender):
    sender.sends("blurred").sends("dark")
    assert sender.offered == ["Foto lagi", "Kirim apa adanya"]
    assert sender.says("kirim apa adanya").heard == ["photo_as_is", "ask cards"]
    assert sender.answers == {"letter": ("f2",)}


def test_one_poor_photo_cannot_be_insisted_upon(sender):
    assert sender.sends("blurred").says("kirim apa adanya").heard == ["photo_wanted"]


def test_photo_again_asks_for_it_again(sender):
    assert sender.sends("blurred").sends("blurred").taps("again").heard == ["ask letter"]


def test_a_good_photo_after_a_poor_one_is_simply_taken(sender):
    sender.sends("blurred").sends()
    assert sender.answers == {"letter": ("f2",)}
    assert sender.sends("blurred").offered == ["Foto lagi"], "each document has its own count"


@pytest.mark.parametrize("verdict", ["broken", "lost", "not_a_document", "pdf_locked"])
def test_a_file_that_cannot_be_used_is_told_so(sender, verdict):
    assert sender.sends(verdict).heard == [f"file_{verdict}"]
    assert sender.asked == "letter"


def test_several_photos_may_answer_one_document(sender):
    sender.sends().sends()
    assert sender.heard == ["more_photos"]
    assert sender.values("more_photos") == {"label": "KTP kedua calon", "count": 1}
    assert sender.sends().values("more_photos")["count"] == 2
    assert sender.says("sudah semua").heard == ["ask picture"]
    assert sender.answers["cards"] == ("f2", "f3")


def test_two_poor_photos_of_several_do_not_trap_anybody(sender):
    sender.sends().sends("blurred").sends("blurred").taps("keep")
    assert sender.heard == ["more_photos"]
    assert sender.offered == ["Sudah semua"]
    assert sender.says("sudah semua").heard == ["ask picture"]


def test_poor_photos_after_a_good_one_of_several_do_not_hide_the_way_on(sender):
    sender.sends().sends().sends("blurred").sends("blurred")
    assert sender.offered == ["Sudah semua", "Foto lagi", "Kirim apa adanya"]
    assert sender.says("sudah semua").heard == ["ask picture"]
    assert sender.answers["cards"] == ("f2",)


def test_a_pdf_is_refused_where_a_photo_is_needed(sender):
    sender.sends().sends().taps("done").sends(kind="pdf")
    assert sender.heard == ["file_kind"]
    assert sender.asked == "picture"
    assert sender.sends().heard == ["photo_good", "ask review"]


def test_a_text_waits_for_the_photo_that_is_on_its_way(sender):
    sender.announces()
    assert sender.says("sudah saya kirim").heard == ["photo_on_its_way"]


def test_a_photo_on_its_way_blocks_no_other_question():
    person = Answerer(flow(PLAIN + PHOTOS))
    person.announces()
    assert person.says("orang lain").heard == ["ask proxy_name"]
    assert person.says("Yuni").heard == ["ask nik"]


def test_a_photo_on_its_way_blocks_no_button():
    person = Answerer(flow(PLAIN + PHOTOS))
    person.announces()
    assert person.taps("proxy").heard == ["ask proxy_name"]


def test_a_button_of_a_document_waits_for_the_photo_that_is_on_its_way(sender):
    sender.sends("blurred").sends("blurred").announces()
    assert sender.taps("keep").heard == ["photo_on_its_way"]


def test_photos_of_an_album_are_asked_one_by_one_once_all_have_come(sender):
    one, two, three = sender.announces(), sender.announces(), sender.announces()
    assert sender.judged(one).heard == []
    assert sender.judged(three).heard == []
    assert sender.judged(two).heard == ["which_photo"]
    assert sender.values("which_photo") == {"left": 3}
    assert sender.offered == ["Surat", "KTP kedua calon", "Pas foto", "Bukan semuanya"]
    assert sender.says("pas foto").heard == ["photo_good", "which_photo"]
    assert sender.says("1").heard == ["photo_good", "which_photo"]
    assert sender.says("ktp kedua calon").heard == ["more_photos"]
    assert sender.taps("done").heard == ["ask review"]
    assert sender.answers == {"picture": (one,), "letter": (three,), "cards": (two,)}


def test_several_photos_of_an_album_may_belong_to_one_document(sender):
    one, two = sender.announces(), sender.announces()
    sender.judged(one).judged(two).taps("cards")
    assert "KTP kedua calon" in sender.offered
    sender.taps("cards")
    assert sender.answers == {"cards": (one, two)}
    assert sender.heard == ["ask letter"]
    assert sender.sends().heard == ["photo_good", "more_photos"], "were these two all of them?"
    assert sender.says("sudah semua").heard == ["ask picture"]


def test_a_photo_that_is_none_of_them_is_put_away(sender):
    one, two = sender.announces(), sender.announces()
    sender.judged(one).judged(two).says("bukan semuanya")
    assert sender.heard[0] == "photo_put_away"
    sender.taps("letter")
    assert sender.answers == {"letter": (two,)}
    assert sender.asked == "cards"


def test_an_album_for_the_only_document_that_takes_several_needs_no_question():
    person = Answerer(flow(PHOTOS.split("[[steps]]")[2].join(("[[steps]]", ""))))
    one, two = person.announces(), person.announces()
    assert person.judged(one).judged(two).heard == ["more_photos"]
    assert person.answers == {"cards": (one, two)}


def test_a_photo_after_a_whole_album_has_been_placed_is_not_needed(sender):
    files = [sender.announces() for _ in range(4)]
    for file in files:
        sender.judged(file)
    sender.taps("letter").taps("picture").taps("cards").taps("cards")
    assert sender.heard == ["more_photos"]
    assert sender.taps("done").heard == ["ask review"]
    assert sender.sends().heard == ["photo_not_needed", "ask review"]


def test_a_spare_photo_where_no_document_is_open_any_more_is_put_away():
    steps = PHOTOS.split("[[steps]]")
    person = Answerer(flow("[[steps]]".join(("", steps[1], steps[3])) + REVIEW))
    for file in [person.announces() for _ in range(3)]:
        person.judged(file)
    person.taps("letter").taps("picture")
    assert person.heard == ["photo_good", "photo_not_needed", "ask review"]
    assert not person.state.loose


def test_one_poor_photo_of_an_album_does_not_hide_the_good_ones(sender):
    one, two = sender.announces(), sender.announces()
    assert sender.judged(one).judged(two, "blurred").heard == [
        "photo_blurred",
        "photo_good",
        "ask cards",
    ]
    assert sender.answers == {"letter": (one,)}


def test_photos_sent_before_their_turn_are_asked_about_once():
    person = Answerer(flow(PLAIN + PHOTOS))
    one, two = person.announces(), person.announces()
    assert person.judged(one).judged(two, "blurred").heard == ["which_photo"]


def test_a_photo_sent_before_its_turn_is_placed_and_the_question_asked_again():
    person = Answerer(flow(PLAIN + PHOTOS)).sends()
    assert person.heard == ["which_photo"]
    assert person.says("surat").heard == ["photo_good", "ask owner"]
    assert person.answers == {"letter": ("f1",)}


def test_photos_are_counted_only_when_it_is_known_which_are_needed():
    steps = PLAIN + PHOTOS.replace("many = true", 'when = { owner = "proxy" }')
    person = Answerer(flow(steps)).sends().says("surat")
    assert person.values("photo_good")["left"] == 0, "the owner decides how many are left"
    assert Answerer(flow(steps)).taps("self").sends().says("surat").values("photo_good") == {
        "label": "Surat",
        "left": 1,
    }


def test_a_photo_in_a_flow_without_documents_is_kept():
    person = Answerer(flow(PLAIN)).sends()
    assert person.heard == ["photo_kept", "ask owner"]
    assert person.state.loose == (("f1", "photo"),)


def test_a_photo_when_all_have_come_is_not_used(sender):
    sender.sends().sends().taps("done").sends()
    assert sender.heard == ["photo_good", "ask review"]
    assert sender.sends().heard == ["photo_not_needed", "ask review"]


def test_a_verdict_on_an_unknown_file_is_nobody_s(sender):
    assert sender.judged("f99").heard == []
    sender.announces()
    sender.judged("f1")
    assert sender.judged("f1", "blurred").heard == [], "the second verdict comes too late"


def test_back_while_a_photo_is_on_its_way_is_answered(sender):
    sender.sends().announces()
    assert sender.goes_back().heard != []


# --- corrections --------------------------------------------------------------------------


def test_a_correction_asks_for_nothing_but_what_was_sent_back(sender):
    sender.sends().sends().taps("done").sends().taps("send")
    kept = State("test", sender.answers, ticket="PU-2611-00001-4")
    again = Answerer(
        sender.flow, state=answering.without(sender.flow, kept, ("picture",), sender.context)
    )
    assert again.heard == ["ask picture"]
    assert again.sends().heard[-1] == "finish test"
    assert again.effects[-1].ticket == "PU-2611-00001-4"
    assert again.answers == {**sender.answers, "picture": ("f1",)}


def test_back_in_a_correction_drops_nothing(sender):
    kept = State("test", {"letter": ("a",), "cards": ("b",)}, ticket="PU-2611-00001-4")
    again = Answerer(sender.flow, state=kept)
    assert again.goes_back().heard == ["ask picture"]
    assert again.answers == {"letter": ("a",), "cards": ("b",)}


def test_a_correction_speaks_of_no_way_back(sender):
    kept = State("test", {"letter": ("a",), "cards": ("b",)}, ticket="PU-2611-00001-4")
    again = Answerer(sender.flow, state=kept).sends()
    assert again.values("photo_good")["number"] == "PU-2611-00001-4"


# --- requirements ---------------------------------------------------------------------------


def test_requirements_are_the_documents_that_are_or_may_be_needed():
    steps = PLAIN + PHOTOS.replace("many = true", 'when = { owner = "proxy" }')
    made, here = flow(steps), Context(TODAY)
    named = [s.id for s in checklist.requirements(made, State("test"), here)]
    assert named == ["letter", "cards", "picture"], "before the owner is known, all may be needed"
    mine = State("test", {"owner": "self"})
    assert [s.id for s in checklist.requirements(made, mine, here)] == ["letter", "picture"]


def test_a_requirement_is_missing_until_its_last_photo_has_come(sender):
    sender.sends().sends()
    left = checklist.missing(sender.flow, sender.state, sender.context)
    assert [step.id for step in left] == ["cards", "picture"]


def test_any_other_event_repeats_the_question(person):
    assert person.does(Opened()).heard == ["ask owner"]
    assert person.does(Sent("x")).heard == []

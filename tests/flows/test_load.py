"""Every mistake in flows/*.toml is reported at once, each with its file and line."""

import pytest

from flows.language import ASIDE_PLACEHOLDERS
from flows.language import PLACEHOLDERS as ALLOWED
from flows.load import load
from flows.mistakes import Mistake, Mistakes
from handlers.wording import PLACEHOLDERS as FILLED
from pieces import WORDS, flow, texts

AREAS = {"pu": "rt_rw", "ma": "lingkungan"}

GOOD = """\
title = "Surat Coba"
facts = ["age_band"]

[standard]
sla = { value = "1 hari kerja", source = "https://example.go.id" }
fee = { value = "gratis", source = "https://example.go.id" }

[[steps]]
choice = "owner"
label = "Pemilik"
ask = "Milik siapa?"
options.self = "Saya sendiri"
options.proxy = "Orang lain"

[[steps]]
date = "born"
ask = "Kapan lahir?"

[[steps]]
document = "letter"
label = "Surat"
ask = "Kirim foto surat."
source = { url = "https://example.go.id" }

[[steps]]
review = "review"
ask = "{summary}"
options.send = "Ya, kirim"
options.change = "Ubah"
"""


def mistakes(service, **more):
    """What the loader finds wrong, as "line: what"."""
    with pytest.raises(Mistakes) as found:
        load({"talks/words.toml": WORDS, "services/coba.toml": service, **more}, AREAS)
    assert all(each.place.startswith(("services/coba.toml:", "talks/")) for each in found.value.all)
    return [f"{each.place.rpartition(':')[2]}: {each.what}" for each in found.value.all]


def test_the_flows_of_this_house_have_no_mistake():
    catalogs = load(texts(), AREAS)
    assert set(catalogs) == {"", "pu", "ma"}
    assert len(catalogs["pu"].services) == len(catalogs["ma"].services) >= 6


def test_the_good_example_is_good():
    catalog = load({"talks/words.toml": WORDS, "services/coba.toml": GOOD}, AREAS)["pu"]
    assert [step.id for step in catalog.services["coba"].steps] == [
        "owner", "born", "letter", "review",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ('title = "Surat Coba"', 'title = "Surat Coba yang Namanya Panjang"',
         "1: title has 31 characters, 22 fit in a list"),
        ('facts = ["age_band"]', 'facts = ["star_sign"]',
         "2: fact 'star_sign' is unknown; known are age_band, recording_age, photo_colour, "
         "wedding_notice, couple_age"),
        ('facts = ["age_band"]', 'facts = ["couple_age"]',
         "2: fact 'couple_age' needs a step 'akad'"),
        ('facts = ["age_band"]', 'appointment = "sometimes"',
         "2: appointment = 'sometimes': pickup or before"),
        ('facts = ["age_band"]', 'valid = "6 moons"',
         "2: valid = '6 moons': say it like '6 bulan' or '1 tahun'"),
        ('facts = ["age_band"]', 'colour = "red"',
         "2: unknown key 'colour'; known are appointment, facts, legal, offices, order, practice, "
         "standard, steps, title, valid, words"),
        ('facts = ["age_band"]', 'practice = true\nfacts = ["age_band"]',
         "2: a practice run is a talk: services become tickets"),
        ('value = "1 hari kerja"', 'value = "sebentar"',
         "5: standard.sla: not a duration: 'sebentar'; say '2 hari kerja', '2 jam' or '30 menit'"),
        ("fee =", "price =", "6: standard.price is unknown; known are sla, fee, validity, pickup"),
        ('{ value = "gratis", source = "https://example.go.id" }', '"gratis"',
         "6: standard.fee needs value and source"),
        ('choice = "owner"', 'choice = "Owner"',
         "9: step 'Owner': names are lower-case letters, digits and _"),
        ('choice = "owner"', 'choice = "owner"\ncheck = "nik"',
         "9: step 'owner': no check 'nik'; known are nik, kk, phone, date, date_past, date_future, "
         "rt_rw, lingkungan, name, text, phrase, number, code"),
        ('label = "Pemilik"', 'label = "Pemilik kartu yang hilang"',
         "9: step 'owner': label has 25 characters, 22 fit in a list"),
        ('ask = "Milik siapa?"', 'ask = ""', "9: step 'owner': says nothing; add ask"),
        ('ask = "Milik siapa?"', 'ask = "Milik {siapa}?"', "9: step 'owner': {siapa} is unknown"),
        ('ask = "Milik siapa?"', 'ask = "Milik {siapa?"',
         "9: step 'owner': {unbalanced braces} is unknown"),
        ('ask = "Milik siapa?"', 'ask = "Milik siapa?"\nskip = true',
         "9: step 'owner': unknown key 'skip'"),
        ('"Saya sendiri"', '"Saya sendiri, bukan orang lain"',
         "9: step 'owner': 'Saya sendiri, bukan orang lain' has 30 characters, "
         "18 fit on its button"),
        ('"Saya sendiri"', '""', "12: option 'self' has no label"),
        ('options.proxy = "Orang lain"\n', "",
         "9: step 'owner': a choice needs two options or more"),
        ('date = "born"', 'date = "born"\nwhen = { colour = "red" }',
         "16: step 'born': when asks for 'colour', not answered before it"),
        ('date = "born"', 'date = "born"\nwhen = { letter = "red" }',
         "16: step 'born': when asks for 'letter', not answered before it"),
        ('date = "born"', 'date = "born"\nwhen = { owner = "dog" }',
         "16: step 'born': 'owner' can never be 'dog'"),
        ('date = "born"', 'date = "born"\nwhen = { area = "mars" }',
         "16: step 'born': 'area' can never be 'mars'"),
        ('date = "born"', 'date = "born"\nwhen = { age_band = "old" }',
         "16: step 'born': 'age_band' can never be 'old'"),
        ('date = "born"', 'date = "born"\noptions.a = "A"',
         "16: step 'born': a date has no options"),
        ('date = "born"', 'date = "born"\ncheck = "datum"',
         "16: step 'born': no check 'datum'; known are nik, kk, phone, date, date_past, "
         "date_future, rt_rw, lingkungan, name, text, phrase, number, code"),
        ('date = "born"', 'date = "owner"', "16: step 'owner' stands twice"),
        ('date = "born"', 'day = "born"',
         "8: step 2 must have exactly one of choice, choices, text, date, document, info, review, "
         "stop"),
        ('date = "born"', 'date = "born"\ntext = "also"',
         "8: step 2 must have exactly one of choice, choices, text, date, document, info, review, "
         "stop"),
        ('date = "born"', 'include = "nothing"', "16: include = 'nothing': no talk of that name"),
        ('source = { url = "https://example.go.id" }', "",
         "20: step 'letter': a required document needs its source"),
        ('options.change = "Ubah"', 'options.alter = "Ubah"',
         "26: step 'review': a review has the options send and change"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(right, wrong, found):
    assert right in GOOD
    assert found in mistakes(GOOD.replace(right, wrong))


def test_all_mistakes_are_reported_at_once():
    wrong = GOOD.replace("Milik siapa?", "Milik {siapa}?").replace("1 hari kerja", "sebentar")
    wrong = wrong.replace("source = { url", "sauce = { url").replace("Surat Coba", "Surat" * 6)
    found = mistakes(wrong)
    assert len(found) == 5, found
    assert len(set(found)) == 5, "each once, though it is read for every office"


def test_mistakes_of_several_files_are_reported_together():
    with pytest.raises(Mistakes) as found:
        load(
            {"talks/words.toml": WORDS, "services/a.toml": "x = 1", "services/b.toml": "y ="}, AREAS
        )
    assert {each.place.partition(":")[0] for each in found.value.all} == {
        "services/a.toml", "services/b.toml",
    }  # fmt: skip


def test_a_file_that_is_no_toml_is_reported_with_the_parsers_words():
    assert mistakes("title = ")[0].startswith("1: not TOML: Invalid value (at end of document)")


def test_a_service_without_a_review_at_its_end_is_reported():
    found = mistakes(GOOD[: GOOD.index("[[steps]]\nreview")])
    assert "1: a service ends with a review" in found


def test_a_service_without_its_published_standard_is_reported():
    found = mistakes(GOOD.replace("[standard]", "[offices.pu.standard]"))
    assert {"1: standard.sla is missing", "1: standard.fee is missing"} <= set(found)


def test_an_office_that_does_not_exist_is_reported():
    found = mistakes(GOOD + '[offices.xx.steps.letter]\nask = "?"\n')
    assert found == ["30: offices.xx: config.toml has no such office"]


def test_a_mistake_in_an_offices_own_values_is_reported():
    found = mistakes(GOOD + '[offices.ma.steps.letter]\nask = "{nonsense}"\n')
    assert found == ["20: step 'letter': {nonsense} is unknown"]


def test_long_names_that_no_button_can_carry_are_reported():
    name = "a" * 60
    found = mistakes(GOOD.replace('choice = "owner"', f'choice = "{name}"'))
    assert f"9: step '{name}': names longer than 64 bytes together" in found


def test_without_the_words_nothing_can_be_said():
    with pytest.raises(Mistakes) as found:
        load({"services/coba.toml": GOOD}, AREAS)
    assert found.value.all == [Mistake("talks/words.toml", "is missing")]


def test_words_that_are_no_toml_are_reported_and_not_a_crash():
    with pytest.raises(Mistakes) as found:
        load({"talks/words.toml": "[commands", "services/coba.toml": GOOD}, AREAS)
    assert found.value.all[0].place == "talks/words.toml:1"


@pytest.mark.parametrize("missing", ["commands", "own"])
def test_words_without_a_part_are_reported_and_not_a_crash(missing):
    words = WORDS.replace(f"[{missing}.", f"[other_{missing}.")
    with pytest.raises(Mistakes) as found:
        load({"talks/words.toml": words, "services/coba.toml": GOOD}, AREAS)
    assert "talks/words.toml" in found.value.all[0].place


@pytest.mark.parametrize(
    ("odd", "found"),
    [
        ("title = 5", "1: title must be a text"),
        ('steps = "none"', "1: steps must be a list"),
        ("steps = [1]", "1: step 1 must be a table"),
        ("words = 3", "1: words must be a list"),
        ('standard = "x"', "1: standard must be a table"),
        ("standard.sla = 5", "1: standard.sla needs value and source"),
        ("offices.pu = 5", "1: offices.pu must be a table"),
        ("offices.pu.steps = 5", "1: offices.pu.steps must be a table"),
        ("[[steps]]\nchoice = 5\nask = 1", "3: step 5: ask must be a text"),
        ('[[steps]]\ntext = "a"\nask = "A"\nlabel = 1', "4: step 'a': label must be a text"),
        ('[[steps]]\ntext = "a"\nask = "A"\nmany = 1', "4: step 'a': many must be true or false"),
        ('[[steps]]\nchoice = "a"\nask = "A"\noptions.b = 1', "4: option 'b' has no label"),
        ('[[steps]]\ntext = "a"\nask = "A"\nwhen.area = 1', "2: step 'a': 'area' can never be '1'"),
    ],
)
def test_a_value_of_a_wrong_type_is_reported_and_no_crash(odd, found):
    assert found in mistakes(odd)


def test_an_office_may_change_words_and_drop_steps():
    own = '[offices.ma.steps.letter]\nask = "Kirim."\n[offices.pu.steps.letter]\ndrop = true\n'
    catalogs = load({"talks/words.toml": WORDS, "services/coba.toml": GOOD + own}, AREAS)
    letters = {name: each.services["coba"].step("letter") for name, each in catalogs.items()}
    assert letters["pu"] is None
    assert letters["ma"].ask == "Kirim."
    assert letters[""].ask == "Kirim foto surat."


def test_an_office_may_have_its_own_standard():
    sla = '[offices.ma.standard]\nsla = { value = "3 hari kerja", source = "x" }\n'
    catalogs = load({"talks/words.toml": WORDS, "services/coba.toml": GOOD + sla}, AREAS)
    assert catalogs["ma"].services["coba"].standard["sla"].value == "3 hari kerja"
    assert catalogs["pu"].services["coba"].standard["sla"].value == "1 hari kerja"


def test_included_steps_stand_where_they_are_included():
    talk = '[[steps]]\ntext = "why"\nask = "Mengapa?"\n'
    service = GOOD.replace('date = "born"\nask', 'include = "reasons"\nask').replace(
        '"age_band"', ""
    )
    catalog = load(
        {"talks/words.toml": WORDS, "talks/reasons.toml": talk, "services/coba.toml": service},
        AREAS,
    )["pu"]
    assert [s.id for s in catalog.services["coba"].steps] == ["owner", "why", "letter", "review"]


def test_a_label_that_is_empty_keeps_a_step_out_of_the_review():
    assert flow('[[steps]]\ntext = "a"\nlabel = ""\nask = "A?"').steps[0].label == ""


def test_the_loader_and_the_wording_know_the_same_placeholders():
    assert ALLOWED | ASIDE_PLACEHOLDERS == FILLED


def test_every_required_document_says_where_the_rule_was_read():
    for catalog in load(texts(), AREAS).values():
        for service in catalog.services.values():
            documents = [step for step in service.steps if step.kind == "document"]
            assert documents
            assert all(each.source and each.source.url.startswith("http") for each in documents)
            assert all(s.source.url.startswith("http") for s in service.standard.values())


def test_a_practice_run_may_not_record_anything():
    flow = 'practice = true\n[[steps]]\ntext = "phone"\nask = "HP?"\nrecord = true'
    with pytest.raises(Mistakes, match="a practice run records nothing"):
        load({"talks/words.toml": WORDS, "talks/coba.toml": flow}, AREAS)

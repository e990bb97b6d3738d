"""What we may say to somebody who has not written for long, as WhatsApp has to approve it."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.whatsapp_form import BODY
from bot.channels.whatsapp_templates import VALUE, Template, load, mistakes
from bot.whatsapp import TEMPLATES
from fakes import twilio_template as strict
from flows.lifecycle import MOVES
from handlers.words import say_hours
from paths import SERVICES, the_house

ALL = load(TEMPLATES)
WITH_FILES = load(TEMPLATES, "https://loket.example.go.id/media/")
GOOD = Template(
    "moved_ready",
    "id",
    "utility",
    "Permohonan {title} sudah jadi, silakan diambil di kantor kecamatan.",
    samples={"title": "Ganti KTP"},
    buttons={"status": "Cek status"},
)

each_template = pytest.mark.parametrize("template", ALL.values(), ids=lambda each: each.name)


def shown(template: Template, filled: dict[str, str]) -> str:
    """What a person reads; whatever would be refused fails here."""
    resource = template.resource()
    kept = strict.Template("HX1", resource["friendly_name"], resource["language"],
                           resource["variables"], resource["types"], created=0)  # fmt: skip
    assert strict.mistakes(resource["types"]) == []
    assert strict.objections(kept) == []
    seen = kept.fill(kept.rich, json.dumps(filled))
    assert strict.unsendable(seen, approved=True) == 0
    return seen.body


# --- the templates we have --------------------------------------------------------------


@each_template
def test_whatsapp_would_take_each_of_our_templates(template):
    assert list(mistakes(template)) == []
    assert shown(template, template.fill(template.samples)) == template.filled


@each_template
def test_each_button_is_a_word_understood_at_any_moment(template):
    commands = the_house().catalogs["pu"].commands
    for token, title in template.buttons.items():
        assert commands[token].label == title


def test_whatever_the_office_tells_has_its_template():
    told = {move.tells for move in MOVES.values() if move.tells}
    told |= {"officer_reply", "result_sent", "visit_displaced", "visit_restored", "data_erased"}
    told |= {"staff_alert", "queue_waiting", "queue_near", "queue_called", "queue_over"}
    told |= {"broadcast_news", "broadcast_service"}
    told |= {each for each in the_house().words.names() if each.startswith(BY_ITSELF)}
    assert {(name, "id") for name in told} == ALL.keys()


BY_ITSELF = ("remind_", "promise_")
"""What the office says without being asked begins like this."""


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("office", ["pu", "ma"])
def test_the_longest_news_of_each_service_arrives(service, office):
    house = the_house()
    flow = house.catalog(office).services[service]
    names = [step.name for step in flow.steps if step.kind == "document"]
    everything = {
        "title": flow.title,
        "number": "PU-2611-00042-5",
        "hours": say_hours(house.offices[office].calendar.hours),
        "bring": ", ".join(names),
        "documents": ", ".join(names),
        "closes": "30 September 2026",
        "letter": "470/001/XI/2026",
        "link": "https://loket.example.go.id/r/" + "x" * 43,
        "until": "30 September 2026",
        "time": "Selasa, 24 November, pukul 09.00 WIB",
        "office": house.offices[office].name,
        "promise": "Selasa, 24 November, pukul 09.00 WIB",
        "note": "Cap polisinya belum kelihatan, tolong difoto lagi di tempat terang. " * 9,
    }
    for template in ALL.values():
        if template.name != "officer_reply":
            assert len(shown(template, template.fill({**template.samples, **everything}))) <= 1024


@given(st.dictionaries(st.integers(0, 5), st.text(max_size=2000)), st.data())
def test_any_values_fill_any_template(texts, data):
    template = data.draw(st.sampled_from(list(ALL.values())))
    values = {name: texts.get(at, "") for at, name in enumerate(template.places)}
    filled = template.fill(values)
    for name, value in zip(template.places, filled.values(), strict=True):
        assert 0 < len(value) <= (BODY if name in template.whole else VALUE)
        assert not re.search(r"[^\S ]|  ", value)
    assert shown(template, filled)


@given(st.text("ab \n\t'", min_size=1), st.integers(1, 2000))
def test_long_values_are_cut_to_what_fits(word, times):
    template = ALL["moved_ready", "id"]
    filled = template.fill(dict.fromkeys(template.places, word * times))
    assert len(shown(template, filled)) <= 1024


def test_an_empty_value_is_replaced_by_its_words():
    template = ALL["moved_in_review", "id"]
    filled = template.fill({"title": "Ganti KTP", "number": "PU-2611-00042-5", "note": " \n"})
    assert filled["3"] == "tidak ada"


def test_a_value_of_several_lines_becomes_one():
    filled = GOOD.fill({"title": "Ganti KTP\n\tyang 'lama'"})
    assert filled == {"1": "Ganti KTP yang ’lama’"}


def test_a_value_that_nobody_gave_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        GOOD.fill({})


def test_a_template_gets_a_new_name_with_every_change():
    longer = replace(GOOD, body=f"{GOOD.body} Terima kasih.")
    other = replace(GOOD, category="marketing")
    names = {each.resource()["friendly_name"] for each in (GOOD, longer, other)}
    assert len(names) == 3
    assert replace(GOOD).resource() == GOOD.resource()


def test_a_template_that_shows_something_has_a_twin_for_each_kind_where_files_have_an_address():
    twins = {name for name, _ in WITH_FILES.keys() - ALL.keys()}
    assert twins == {f"broadcast_{each}_{kind}" for each in ("news", "service")
                     for kind in ("photo", "pdf")}  # fmt: skip


@pytest.mark.parametrize("name", ["broadcast_news_photo", "broadcast_service_pdf"])
def test_whatsapp_would_take_the_twins_with_their_samples(name):
    twin = WITH_FILES[name, "id"]
    assert list(mistakes(twin)) == []
    sample = {**twin.samples, "file": f"{twin.media}-x.{'jpg' if twin.media == 'photo' else 'pdf'}"}
    assert shown(twin, twin.fill(sample)) == twin.filled
    (card,) = twin.resource()["types"].values()
    assert card["media"] == ["https://loket.example.go.id/media/{{3}}"]


# --- templates that would be refused ----------------------------------------------------

WORDS = "Kabar dari kantor kecamatan untuk Bapak dan Ibu: "


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "Moved Ready"}, "its name must be lower-case"),
        ({"name": "m" * 101}, "its name must be lower-case"),
        ({"category": "iklan"}, "category must be one of utility, marketing"),
        ({"body": "", "samples": {}}, "has no body"),
        ({"body": "{title} sudah jadi dan bisa diambil."}, "neither at the very beginning"),
        ({"body": f"{WORDS} {{title}}."}, "nor at the very end"),
        ({"body": f"{WORDS} {{title}}"}, "nor at the very end"),
        ({"body": f"{WORDS} {{title}} {{title}} silakan."}, "next to each other"),
        ({"body": f"{WORDS} {{title}}\n{{title}} silakan."}, "next to each other"),
        ({"body": f"{WORDS}\n\n\n{{title}} silakan."}, "more than two line breaks"),
        ({"body": f"{WORDS}     {{title}} silakan."}, "three spaces in a row"),
        ({"body": f"{WORDS}\t{{title}} silakan."}, "three spaces in a row"),
        ({"body": f"{WORDS * 25} {{title}} silakan."}, "WhatsApp takes 1024"),
        ({"body": "Soal {title} ya."}, "too many values for so few words"),
        ({"samples": {}}, "no sample for {title}"),
        ({"samples": {"title": "  "}}, "no sample for {title}"),
        ({"samples": {"title": "a", "note": "b"}}, "{note} does not stand in the body"),
        ({"empty": {"note": "tidak ada"}}, "{note} does not stand in the body"),
        ({"buttons": {str(n): f"Satu {n}" for n in range(4)}}, "has 4 buttons, 3 at most"),
        ({"buttons": {"status": "x" * 21}}, "must have 1 to 20 characters"),
        ({"buttons": {"status": ""}}, "must have 1 to 20 characters"),
        ({"buttons": {"status": "Tanya", "officer": "Tanya"}}, "2 buttons say 'Tanya'"),
    ],
)
def test_a_template_that_would_be_refused_is_named_with_its_fault(changed, words):
    assert [each for each in mistakes(replace(GOOD, **changed)) if words in each]


def test_a_good_template_has_no_fault():
    assert list(mistakes(GOOD)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a", "not TOML"),
        ("a = 1", "a is no section"),
        ("[a]\nbodi = 'x'", "a: unknown bodi"),
        ("[a]\nbuttons = 'x'", "a.buttons must be a table of texts"),
        ("[a]\n[a.samples]\nn = 1", "a.samples must be a table of texts"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, text, words):
    (tmp_path / "id.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        load(tmp_path)
    assert "templates/whatsapp/id.toml" in str(error.value)

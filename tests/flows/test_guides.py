"""Help for officers: what a guide must say, and what is still open."""

import pytest

from flows.guides import OWN, find, read
from talk import house

COMMON = """
[standard]
complaints = { value = "Ke loket.", source = "https://x.test", confirmed = false }
skills = { value = "", source = "" }
[sop]
steps = ["Ambil.", "Periksa."]
[[mistakes]]
text = "Meminta biaya."
source = "https://x.test"
"""


def test_what_holds_for_all_is_part_of_each():
    guides = read({"common": COMMON, "kk": '[[mistakes]]\ntext = "a"\nsource = "b"\n'})
    guide = guides["kk"]
    assert find(guides, "kia").steps == guide.steps
    assert guide.steps == ("Ambil.", "Periksa.")
    assert [each.text for each in guide.mistakes] == ["a", "Meminta biaya."]
    assert not guide.standard["complaints"].source.confirmed


def test_what_nobody_filled_in_is_told_and_not_made_up():
    guide = read({"common": COMMON, "kk": ""})["kk"]
    assert "skills" in guide.missing
    assert "complaints" not in guide.missing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[standard]\nshoes = { value = 'x' }", "unknown: shoes"),
        ("[rules]", "unknown: rules"),
        ("[[mistakes]]\ntext = 'x'", "needs text and source"),
        ("[", "not TOML"),
    ],
)
def test_a_mistake_in_a_guide_is_named(text, said):
    with pytest.raises(ValueError, match=said):
        read({"kk": text})


def test_every_service_has_a_guide_with_steps_and_sourced_mistakes():
    made = house()
    for service in made.catalog("pu").services:
        guide = find(made.guides, service)
        assert guide.steps
        assert all(each.source for each in guide.mistakes)
        assert set(guide.missing) < {*OWN}

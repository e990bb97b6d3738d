"""The picture of a flow shows what the flow is."""

import re

import pytest

from flows.diagram import diagram
from pieces import flow


def services(house):
    return [(o, f) for o in house.offices for f in house.catalogs[o].services.values()]


def test_a_small_flow_in_full():
    small = flow(
        """
[[steps]]
choice = "owner"
label = "Milik siapa"
ask = "Milik siapa?"
options.self = "Saya"
options.proxy = "Orang lain"

[[steps]]
stop = "no"
label = "Tidak perlu"
ask = "Tidak perlu."
when = { owner = ["proxy"] }

[[steps]]
text = "nik"
label = "NIK"
ask = "NIK?"
"""
    )
    assert diagram(small) == (
        "flowchart TD\n"
        '    start(["Test"])\n'
        '    owner{{"Milik siapa"}}\n'
        "    start --> owner\n"
        '    no(["Tidak perlu"])\n'
        "    owner -- owner = proxy --> no\n"
        '    nik["NIK"]\n'
        "    owner --> nik\n"
        '    ticket(["ticket"])\n'
        "    nik --> ticket\n"
    )


@pytest.mark.parametrize("office", ["pu", "ma"])
def test_every_step_of_every_service_is_drawn_once_and_connected(house, office):
    for service in house.catalogs[office].services.values():
        drawn = diagram(service)
        for step in service.steps:
            assert len(re.findall(rf"^    {step.id}[\[({{]", drawn, re.M)) == 1, step.id
            assert len(re.findall(rf"--> {step.id}$", drawn, re.M)) == 1, step.id
        assert drawn.endswith("--> ticket\n")


@pytest.mark.parametrize("office", ["pu", "ma"])
def test_every_guard_stands_on_the_arrow_to_its_step(house, office):
    for service in house.catalogs[office].services.values():
        drawn = diagram(service)
        for step in service.steps:
            arrow = next(line for line in drawn.splitlines() if line.endswith(f"--> {step.id}"))
            for key, allowed in step.when.items():
                assert f"{key} = {' or '.join(allowed)}" in arrow


def test_a_stop_leads_nowhere(house):
    drawn = diagram(house.catalogs["pu"].services["kia"])
    assert not re.search(r"^    grown_up --", drawn, re.M)


def test_quotes_in_a_name_do_not_end_it():
    odd = flow('[[steps]]\ntext = "a"\nlabel = \'Surat "baru"\'\nask = "A?"')
    assert "Surat 'baru'" in diagram(odd)

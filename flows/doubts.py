"""Answers that do not fit each other: what to ask once more, and what an officer should see.

A mismatch is hardly ever a refusal: correcting a birth date does not change the NIK
(Permendagri 108/2019), so honest people have numbers that do not match.  Only one
number for both the person and the family cannot be right.
"""

from datetime import date

from flows.checks import Checked, nik_birth, nik_matches, swapped
from flows.model import Answers, Flow, Step

CERTAIN = frozenset({"nik_same", "kk_same"})
"""Doubts that the same answer given again does not settle."""

KTP_AGE = 17
"""Years from which on people have a KTP (UU 24/2013 pasal 63); the married have one earlier."""


def doubt(flow: Flow, step: Step, checked: Checked, answers: Answers, today: date) -> str:
    """What to ask again about an answer that passed its check; "" when nothing is odd.

    The number that came second is asked about: which of the two is wrong nobody can tell.
    """
    value, other = checked.value, {"nik": "kk", "kk": "nik"}.get(step.check)
    if other is None:
        return ""
    for each in flow.steps:
        given = answers.get(each.id)
        if each.check != other or not isinstance(given, str):
            continue
        if given == value:
            return f"{step.check}_same"
        nik, kk = (value, given) if step.check == "nik" else (given, value)
        if swapped(nik, kk, today):
            return f"{step.check}_swapped"
    if checked.warning == "kk_old":
        return "kk_swapped"  # whatever the NIK is: this is dated like a man's birth
    if step.adult and _age(nik_birth(value, today)[0], today) < KTP_AGE:
        return "nik_young"
    return ""


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def warnings(flow: Flow, answers: Answers, today: date) -> tuple[str, ...]:
    """Codes with the step they concern: "nik_born:nik", "nik_kk:kk_number"."""
    found = []
    given = {s.id: str(answers[s.id]) for s in flow.steps if isinstance(answers.get(s.id), str)}
    checked = {s.check: s.id for s in flow.steps if s.id in given and s.check in ("nik", "kk")}
    for step in flow.steps:
        if step.check != "nik" or step.id not in given:
            continue
        born = given.get(step.id.removesuffix("nik") + "born")
        if born and not nik_matches(given[step.id], date.fromisoformat(born)):
            found.append(f"nik_born:{step.id}")
        if "kk" in checked and swapped(given[step.id], given[checked["kk"]], today):
            found.append(f"nik_kk:{step.id}")
    return tuple(found)

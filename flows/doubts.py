"""What an officer should look at twice: answers that do not fit each other.

A mismatch is never a refusal: correcting a birth date does not change the NIK
(Permendagri 108/2019), so honest people have numbers that do not match.
"""

from datetime import date

from flows.checks import nik_matches, swapped
from flows.model import Answers, Flow


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

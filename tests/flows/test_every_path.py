"""Every path of every service at every office, so that a new file arrives tested."""

from dataclasses import replace

import pytest

from flows import answering, asking, checklist, engine
from flows.model import Ask, Choice, Finish, Said, Say, Step, Tapped, Turn
from flows.rules import BUTTON, ITEM, TOKEN_BYTES
from handlers.wording import show, speak
from paths import LONGEST_FLOW, SERVICES, Place, the_house
from talk import MONDAY

LONGEST_PROMPT = 1000


@pytest.fixture(params=sorted(the_house().offices))
def office(request):
    return request.param


@pytest.fixture(params=SERVICES)
def place(request, office):
    """One service at one office: where all paths begin."""
    return Place(office, request.param)


def test_every_path_ends_with_a_ticket_or_a_stop(place):
    ends, asked = set(), set()
    for turn, _, _ in place.nodes():
        asked |= {effect.step.id for effect in turn.effects if isinstance(effect, Ask)}
        if turn.state is None:
            last = turn.effects[-1]
            ends.add("ticket" if isinstance(last, Finish) else last.step.id)
    assert "ticket" in ends
    stops = {step.id for step in place.flow.steps if step.kind == "stop"}
    unreached = {step.id for step in place.flow.steps} - asked - set(place.context.given)
    unreached = {each for each in unreached if possible(place, each)}
    assert unreached == set(), "a question that nobody can ever be asked"
    assert ends - {"ticket"} == {stop for stop in stops if possible(place, stop)}


def possible(place, step_id):
    """Whether this office can ask it at all: not the other kind of address, no past wedding."""
    when = place.flow.step(step_id).when
    if "area" in when:
        return place.context.given["area"] in when["area"]
    return when.get("wedding_notice") != ("past",)


def test_a_finished_request_has_an_answer_to_every_question_that_applies(place):
    for turn, before, _ in place.nodes():
        for effect in turn.effects:
            if isinstance(effect, Finish):
                done = replace(before, answers=effect.answers)
                applying = {s.id for s in checklist.applying(place.flow, done, place.context)}
                assert applying - set(place.context.given) == set(effect.answers)


def test_every_prompt_is_short_and_every_button_fits(place):
    for turn, before, _ in place.nodes():
        scene = place.scene(turn.state or before)
        for effect in turn.effects:
            if isinstance(effect, Ask | Say):
                message = speak(effect, scene)
                assert 0 < len(message.text) <= LONGEST_PROMPT, message.text
                assert "{" not in message.text
                check_buttons(effect.choices)


def check_buttons(choices: tuple[Choice, ...]) -> None:
    labels = [choice.label for choice in choices]
    limit = BUTTON if len(choices) <= 3 else ITEM
    assert all(0 < len(label) <= limit for label in labels), labels
    assert len(set(labels)) == len(labels)
    assert all(len(choice.token.encode()) <= TOKEN_BYTES for choice in choices)


def test_the_review_shows_every_answer(place):
    for turn, _, _ in place.nodes():
        for effect in turn.effects:
            if isinstance(effect, Ask) and effect.step.kind == "review":
                scene = place.scene(effect.state)
                lines = speak(effect, scene).text.splitlines()
                for name, answer in effect.state.answers.items():
                    step = place.flow.step(name)
                    if step.label and step.kind != "info":
                        assert f"{step.label}: {show(step, answer, scene)}" in lines


def test_everything_but_consent_can_be_changed_at_the_review(place):
    for turn, _, _ in place.nodes():
        if turn.state is None or turn.state.asked != "review":
            continue
        for step in checklist.changeable(place.flow, turn.state, place.context):
            token = asking.token(place.flow, asking.CHANGE, step.id)
            change = [Tapped(asking.token(place.flow, "review", "change")), Tapped(token)]
            asked = place.play(place.flow, turn.state, change)
            assert asked.state.asked == step.id
            assert step.id not in asked.state.answers
            again = place.play(place.flow, asked.state, next(iter(place.answers(step))))
            assert place.finish(place.flow, again.state or asked.state).state is None


def test_back_from_every_question_leads_to_the_one_before(place):
    for turn, before, answered in place.nodes():
        if turn.state is None or before is None:
            continue
        back = answering.back(place.flow, turn.state, place.context)
        assert back.state.asked == answered.id
        assert dict(back.state.answers) == {
            key: value for key, value in before.answers.items() if key != answered.id
        }
        assert [type(effect) for effect in back.effects] == [Ask]


def test_back_again_and_again_leads_to_the_first_question(place):
    deepest = max(
        (turn.state for turn, _, _ in place.nodes() if turn.state), key=lambda s: len(s.answers)
    )
    first = place.begin().state.asked
    turn = Turn(deepest)
    for _ in range(LONGEST_FLOW):
        turn = answering.back(place.flow, turn.state, place.context)
        if turn.state.asked == first and not turn.state.answers:
            break
    again = answering.back(place.flow, turn.state, place.context)
    assert isinstance(again.effects[0], Say)
    assert again.effects[0].message == "nothing_before"
    assert again.state.asked == first


def test_a_change_of_the_file_half_way_leaves_nobody_stuck(place):
    extra = Step("extra", "text", "Satu lagi?", "Tambahan")
    for turn, _, _ in place.nodes():
        if turn.state is None:
            continue
        steps = place.flow.steps
        here = next(i for i, step in enumerate(steps) if step.id == turn.state.asked)
        for at in (0, here, here + 1, len(steps) - 1):
            inserted = replace(place.flow, steps=(*steps[:at], extra, *steps[at:]))
            assert place.finish(inserted, turn.state).state is None
            late = engine.step(inserted, turn.state, Said("apa saja"), place.context)
            assert late.effects, "whatever is written is answered"
        for at in {0, here}:
            removed = replace(place.flow, steps=(*steps[:at], *steps[at + 1 :]))
            assert place.finish(removed, turn.state).state is None


def test_the_newly_inserted_question_is_asked_before_the_ticket(place):
    extra = Step("extra", "text", "Satu lagi?", "Tambahan")
    for turn, _, _ in place.nodes():
        if turn.state is not None and turn.state.asked == "review":
            inserted = replace(place.flow, steps=(extra, *place.flow.steps))
            finish = place.finish(inserted, turn.state).effects[-1]
            assert "extra" in finish.answers


def test_consent_given_before_is_not_asked_again(place):
    place.context = place.house.context(place.office.id, True, False, MONDAY)
    asked = {
        effect.step.id
        for turn, _, _ in place.nodes()
        for effect in turn.effects
        if isinstance(effect, Ask)
    }
    assert "consent" not in asked
    assert "review" in asked

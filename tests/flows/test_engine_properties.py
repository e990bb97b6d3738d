"""Whatever happens in whatever order: nothing breaks, nobody is ignored, nobody is stuck."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows import answering, asking, checklist
from flows.dialogue import converse
from flows.model import (
    DOUBTS,
    Ask,
    Event,
    Finish,
    Judged,
    Left,
    Opened,
    Report,
    Said,
    Say,
    Sent,
    Session,
    State,
    Tapped,
    Unsupported,
)
from flows.talk import Reply
from handlers.sessions import decode, encode
from handlers.wording import Scene, speak
from pieces import ROOT
from talk import MONDAY, house

TURNS = 80
"""More answers than this and a request is stuck."""

ANSWERS = {
    "nik": "3302271708900003",
    "kk": "3302270102150004",
    "phone": "081234567890",
    "rt_rw": "RT 3 RW 2",
    "lingkungan": "5",
    "name": "Yuni Astuti",
    "number": "3",
    "text": "Jalan Kenanga 12",
    "phrase": "ikut suami",
    "date": "17-8-2019",
    "date_past": "17-8-2019",
    "date_future": "besok",
}
UNFIT = ("not_a_document", "broken", "lost", "empty", "too_big", "pdf_locked", "pdf_pages")
GLOBAL = (
    "menu", "batal", "kembali", "status", "petugas", "bantuan", "halo", "assalamualaikum",
    "lanjut yang tadi", "lanjut", "makasih", "ya", "tidak", "gak jadi", "sudah semua",
    "kirim apa adanya", "foto lagi", "ubah", "PU-2611-00042-5",
)  # fmt: skip
ODD = (
    "", " ", "\n\n", "\x00", "\x07batal\x1b[31m", "\u202e3302271708900003", "مرحبا ١٢٣٤",
    "👍🏽", "👨‍👩‍👧‍👦" * 50, "a" * 10_000, "ktp " * 2_500, "1" * 10_000, "\ud800", "ya\udfff",
    "{nik} {{}} {0.__class__} %s", "<b>&amp;</b> *_~`", "\u200b\u200b", "ＭＥＮＵ", "/start@bot x",
    "-1", "1e9", "0" * 16, "NaN", "'; DROP TABLE tickets; --", "\u2028", "ﷺ" * 300,
)  # fmt: skip
NO_TOKENS = ("kk/reason:", "/:", "kk/@place:x", "@change:nik")
LINKS = ("", "sktm.school", "kk.new")
SERVICES = sorted(path.stem for path in (ROOT / "flows" / "services").glob("*.toml"))

texts = st.one_of(
    st.sampled_from(GLOBAL),
    st.sampled_from(ODD),
    st.sampled_from(sorted(set(ANSWERS.values()))),
    st.integers(0, 13).map(str),
    st.sampled_from(
        ["ktp hilang", "bikin kk", "surat domisili", "sktm buat sekolah", "nikah mendadak", "kia"]
    ),
    st.text(max_size=40),
    st.text(alphabet=st.characters(), min_size=1, max_size=200),
)
captions = st.one_of(st.just(""), texts, st.sampled_from(["ini kk", "ktp lama", "surat kuasa"]))
verdicts = st.sampled_from(("good",) * 6 + DOUBTS * 2 + UNFIT)
kinds = st.sampled_from(["photo", "photo", "pdf"])
oddities = st.one_of(
    texts.map(lambda text: Said(text, edited=True)),
    st.one_of(st.text(max_size=70), st.sampled_from(NO_TOKENS)).map(Tapped),
    st.one_of(st.text(max_size=20), st.sampled_from((*LINKS, *SERVICES))).map(Opened),
    st.sampled_from(["voice", "video", "location", "contact", "sticker", "x"]).map(Unsupported),
)


@cache
def the_house():
    return house()


class Chat(RuleBasedStateMachine):
    """One chat of one citizen, against the whole catalogue."""

    def __init__(self) -> None:
        super().__init__()
        self.house = the_house()
        self.session = Session()
        self.office = "pu"
        self.consented = False
        self.now = MONDAY
        self.quiet = False
        self.tokens = ["menu", "help"]
        self.waiting: list[str] = []
        self.sent = 0
        self.finished: list[Finish] = []

    # --- the world ---------------------------------------------------------------------

    @initialize(
        office=st.sampled_from(["", "pu", "pu", "ma", "ma"]),
        service=st.sampled_from(["", *SERVICES]),
        choices=st.lists(st.integers(0, 5), max_size=18),
    )
    def begins(self, office, service, choices):
        """Often well under way, or else the machine seldom gets as far as the photos."""
        self.office = office
        if service:
            self.happens(Opened(service))
            self.goes_on(choices)

    @rule(
        office=st.sampled_from(["pu", "ma", None, None]),
        consented=st.sampled_from([True, False, None, None]),
        days=st.sampled_from([0, 0, 1, 3, 400]),
    )
    def time_passes(self, office, consented, days):
        """Meanwhile the person may move, consent in another chat, or be silent for long."""
        self.office = office or self.office
        self.consented = self.consented if consented is None else consented
        self.now += timedelta(days=days)
        self.quiet = days > 0

    @precondition(lambda self: self.finished)
    @rule(data=st.data())
    def sends_back(self, data):
        """Staff ask for one document of a request again."""
        done = data.draw(st.sampled_from(self.finished))
        flow = self.catalog.services[done.flow]
        documents = [s.id for s in flow.steps if s.kind == "document" and s.id in done.answers]
        if documents:
            again = (data.draw(st.sampled_from(documents)),)
            kept = State(flow.id, done.answers, ticket="PU-2611-00042-5")
            context = replace(self.context, given={**self.context.given, "consent": "yes"})
            turn = asking.ask(flow, answering.without(flow, kept, again, context), context)
            if turn.state is not None:
                self.session = self.session.put(turn.state)

    # --- what a person does ---------------------------------------------------------------

    @rule(text=texts)
    def says(self, text):
        self.expect_words(Said(text))

    @rule(choices=st.lists(st.integers(0, 5), min_size=1, max_size=6))
    def goes_on(self, choices):
        """The answers that the questions want."""
        for which in choices:
            for event in self.good_answer(self.session, which):
                self.happens(event)

    @rule(data=st.data())
    def taps(self, data):
        token = data.draw(st.sampled_from(self.tokens))
        before = self.session
        reply = self.happens(Tapped(token))
        assert reply.effects or self.answered_so(before, token)

    @rule(event=oddities)
    def does_something_odd(self, event):
        self.expect_words(event)

    @rule(caption=texts)
    def sends(self, caption):
        self.sent += 1
        self.waiting.append(f"f{self.sent}")
        self.happens(Sent(f"f{self.sent}", caption))

    @rule(verdicts=st.lists(st.tuples(verdicts, kinds), min_size=1, max_size=4))
    def sends_an_album(self, verdicts):
        files = [f"a{self.sent}-{n}" for n in range(len(verdicts))]
        self.sent += 1
        for file in files:
            self.happens(Sent(file))
        for file, (verdict, kind) in zip(files, verdicts, strict=True):
            self.happens(Judged(file, kind, verdict))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), verdict=verdicts, kind=kinds, caption=captions)
    def is_judged(self, data, verdict, kind, caption):
        file = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(file)
        self.happens(Judged(file, kind, verdict, caption))

    @rule(verdict=verdicts)
    def nothing_is_said(self, verdict):
        """A verdict on an unknown photo, and leaving, are the only silent events."""
        before = self.session
        assert not self.happens(Judged("f99999", "photo", verdict)).effects
        assert not self.happens(Left()).effects
        assert self.session == before

    # --- what must hold ----------------------------------------------------------------------

    @invariant()
    def the_session_can_be_kept(self):
        assert decode(encode(self.session)) == self.session

    @invariant()
    def the_current_state_is_one_of_the_chat(self):
        assert not self.session.current or self.session.current in self.session.states

    @invariant()
    def the_menu_is_always_there(self):
        reply = self.answer(self.session, Said("menu"))
        assert any(isinstance(effect, Ask) for effect in reply.effects)
        assert reply.session.current == "welcome"

    @invariant()
    def cancelling_is_always_answered(self):
        reply = self.answer(self.session, Said("batal"))
        assert reply.effects

    @rule()
    def whatever_was_begun_can_be_finished(self):
        self.finish()

    def teardown(self):
        self.finish()

    # --- how -------------------------------------------------------------------------------------

    @property
    def catalog(self):
        return self.house.catalog(self.office)

    @property
    def context(self):
        return self.house.context(self.office, self.consented, self.quiet, self.now)

    def answer(self, session: Session, event: Event) -> Reply:
        """What an event leads to; everything that is said can be rendered."""
        reply = converse(self.catalog, session, event, self.context)
        office = self.house.office(self.office)
        scene = Scene(
            self.house, office, self.catalog, self.context, reply.session, self.now, self.now
        )
        for effect in reply.effects:
            if isinstance(effect, Say | Ask):
                assert speak(effect, scene).text
        return reply

    def happens(self, event: Event) -> Reply:
        reply = self.answer(self.session, event)
        self.session = reply.session
        for effect in reply.effects:
            if isinstance(effect, Say | Ask):
                self.tokens += [c.token for c in effect.choices if c.token not in self.tokens]
            if isinstance(effect, Finish) and effect.flow in self.catalog.services:
                self.finished.append(effect)
        if not isinstance(event, Judged):
            self.quiet = False
        return reply

    def expect_words(self, event: Event) -> None:
        reply = self.happens(event)
        assert any(isinstance(e, Say | Ask | Report | Finish) for e in reply.effects), "no answer"

    def answered_so(self, session: Session, token: str) -> bool:
        """Whether this tap only repeats an answer: the one silence that is allowed."""
        flow, _, rest = token.partition("/")
        step, _, option = rest.rpartition(":")
        given = [s.answers.get(step) for s in session.states.values() if s.flow == flow]
        return any(a == option or (isinstance(a, tuple) and option in (*a, "done")) for a in given)

    def good_answer(self, session: Session, which: int = 0) -> list[Event]:
        """Events that answer the question last asked."""
        state = session.state
        if state is None:
            return [Opened("ktp_ganti")]
        flow = self.catalog.flow(state.flow)
        assert flow is not None
        if state.asked == asking.PLACE:
            return [Tapped(asking.token(flow, asking.PLACE, "none"))]
        if state.asked == asking.CHANGE:
            changeable = checklist.changeable(flow, state, self.context)
            return [Tapped(asking.token(flow, asking.CHANGE, changeable[0].id))]
        step = flow.offering(**self.context.offers).step(state.asked)
        if step is None or step.kind == "info":
            return [Said("halo")]
        if step.id in ("ready", "consent"):
            which = which == 5
        match step.kind:
            case "document":
                self.sent += 1
                file = f"f{self.sent}"
                sent: list[Event] = [Sent(file), Judged(file, step.accepts[0], "good")]
                return [*sent, Tapped(asking.token(flow, step.id, "done"))] if step.many else sent
            case "choices":
                options = (step.options[which % len(step.options)].id, "done")
                return [Tapped(asking.token(flow, step.id, option)) for option in options]
            case "choice" if not step.options:
                return [Said("1")]
            case "choice" | "review":
                option = step.options[which % len(step.options)].id
                return [Tapped(asking.token(flow, step.id, option))]
        return [Said(ANSWERS[step.check])]

    def finish(self) -> None:
        """Every request that was begun comes to its end when its questions are answered."""
        session = self.session
        self.quiet = False
        for file in self.waiting:
            session = self.answer(session, Judged(file, "photo", "good")).session
        turns = TURNS + sum(len(state.loose) for state in session.states.values())
        while drafts := [k for k, s in session.states.items() if s.flow in self.catalog.services]:
            session = self.answer(session, Said("lanjut yang tadi")).session
            key = drafts[-1]
            for _ in range(turns):
                if key not in session.states:
                    break
                if session.current != key:
                    session = self.answer(session, Said("lanjut yang tadi")).session
                for event in self.good_answer(session):
                    session = self.answer(session, event).session
            else:
                raise AssertionError(f"stuck: {session.states[key]}")


TestChat = Chat.TestCase
TestChat.settings = settings(max_examples=60, stateful_step_count=40)

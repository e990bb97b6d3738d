"""The web chat over HTTP, as a page or a script uses it, against the real program."""

import json
import re
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import pictures
from handlers.message import Button, Message
from running import Running
from storage import attachments, conversations, outbox
from storage.db import Database
from storage.files import Keys, Vault

PATIENCE = 15.0


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("chat"), LOKET_CLOCK__NOW=MONDAY) as running:
        yield running


MONDAY = "2026-11-23T08:00:00+07:00"
_places = count(1)


class Page:
    """A browser or script in one chat."""

    def __init__(self, program: Running, bearer: str = "") -> None:
        headers = {"x-forwarded-for": f"10.0.{next(_places)}.1"}
        if bearer:
            headers["authorization"] = f"Bearer {bearer}"
        self.program = program
        self.http = httpx.Client(base_url=program.url, headers=headers, timeout=20, verify=False)

    def opens(self, link: str = "", **more: str) -> dict[str, Any]:
        answer = self.http.post("/api/chat", json={"link": link, **more})
        assert answer.status_code == 200, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    def says(self, text: str, name: str = "") -> httpx.Response:
        return self.http.post("/api/chat/messages", json={"id": name or new(), "text": text})

    def taps(self, label: str) -> httpx.Response:
        token = next(
            choice["token"]
            for message in reversed(self.messages())
            for choice in message["choices"]
            if choice["label"] == label
        )
        return self.http.post("/api/chat/messages", json={"id": new(), "token": token})

    def sends(self, data: bytes, name: str = "", **fields: str) -> httpx.Response:
        return self.http.post(
            "/api/chat/files",
            data={"id": name or new(), **fields},
            files={"file": ("foto.jpg", data, "image/jpeg")},
        )

    def messages(self, **where: str) -> list[dict[str, Any]]:
        answer = self.http.get("/api/chat/messages", params=where)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def heard(self) -> list[dict[str, Any]]:
        return [each for each in self.messages() if each["from"] == "office"]

    def hears(self, words: str) -> dict[str, Any]:
        """Wait until the office says this."""
        for _ in until():
            for each in reversed(self.heard()):
                if words in each["text"]:
                    return each
        raise AssertionError(f"never heard {words!r}: {[m['text'] for m in self.heard()]}")

    @contextmanager
    def listens(self, **how: Any) -> Iterator["Stream"]:
        with self.http.stream("GET", "/api/chat/events", timeout=20, **how) as answer:
            yield Stream(answer)


class Stream:
    """Server-sent events as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.lines = answer.iter_lines()

    def next(self) -> tuple[str, dict[str, Any]]:
        """The id and data of the next event."""
        name = ""
        end = time.monotonic() + PATIENCE
        for line in self.lines:
            assert time.monotonic() < end, "only heartbeats"
            if line.startswith("id: "):
                name = line.removeprefix("id: ")
            if line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")


def new() -> str:
    return str(uuid.uuid4())


def until() -> Iterator[None]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(0.03)


@pytest.fixture
def page(program: Running) -> Page:
    """A page whose chat with the office of Purwokerto Utara is open."""
    page = Page(program)
    page.opens("pu")
    return page


@pytest.fixture
def promise(program: Running) -> Iterator[Callable[..., None]]:
    """The office writes by itself, as a reminder or an officer would."""
    database = Database(program.environment["LOKET_DATABASE__URL"])

    def write(address: str, *messages: Message) -> None:
        now = datetime.fromisoformat(Page(program).opens()["now"])
        database.write(
            lambda tx: outbox.put(
                tx, office_id="pu", channel="web", address=address,
                payloads=[each.payload() for each in messages], now=now,
            )
        )  # fmt: skip

    yield write
    database.close()


def address(program: Running, words: str) -> str:
    """The address of the chat in which somebody wrote this."""
    (found,) = rows(program, "SELECT address FROM inbox WHERE raw LIKE ?", f"%{words}%")
    return str(found[0])


def rows(program: Running, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with sqlite3.connect(program.folder / "loket.db") as connection:
        return connection.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def photo() -> bytes:
    return pictures.jpeg(pictures.card("letter", size=(960, 1280), fill=1.0))


# --- opening ------------------------------------------------------------------------------


def test_opening_a_chat_sets_a_safe_cookie_and_greets(program: Running) -> None:
    page = Page(program)
    answer = page.http.post("/api/chat", json={"link": "pu"})
    cookie = answer.headers["set-cookie"].lower()
    assert "loket_chat=" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "max-age=15552000" in cookie
    assert "secure" not in cookie
    (greeting,) = page.messages()
    assert "Kecamatan Purwokerto Utara" in greeting["text"]
    assert [choice["number"] for choice in greeting["choices"]] == [1, 2, 3]


def test_a_chat_can_be_opened_without_a_body(program: Running) -> None:
    page = Page(program)
    assert page.http.post("/api/chat").status_code == 200
    assert page.messages()


def test_a_known_cookie_opens_the_same_chat_and_says_nothing_new(page: Page) -> None:
    before = page.messages()
    again = page.opens()
    assert again["new"] is False
    assert again["chat"] == page.http.cookies["loket_chat"]
    assert page.messages() == before


def test_a_token_that_was_never_given_out_opens_a_chat_of_its_own(program: Running) -> None:
    page = Page(program)
    page.http.cookies["loket_chat"] = "A" * 22
    opened = page.opens()
    assert opened["new"] is True
    assert opened["chat"] != "A" * 22


def test_a_script_uses_a_bearer_token_instead_of_a_cookie(program: Running, page: Page) -> None:
    script = Page(program, bearer=page.http.cookies["loket_chat"])
    assert script.messages() == page.messages()
    assert script.opens()["new"] is False


def test_a_deep_link_begins_its_service_at_its_office(program: Running) -> None:
    page = Page(program)
    page.opens("pu-ktp_ganti")
    assert page.messages()[-1]["text"] == "KTP-nya kenapa?"
    assert page.http.get("/api/chat/messages").json()["office"] == "Kecamatan Purwokerto Utara"


def test_a_deep_link_that_leads_nowhere_opens_the_chat_all_the_same(program: Running) -> None:
    page = Page(program)
    page.opens("../../etc/passwd")
    assert page.messages()


def test_the_same_opening_sent_twice_begins_once(page: Page) -> None:
    name = new()
    page.opens("pu-ktp_ganti", id=name)
    after = page.messages()
    page.opens("pu-ktp_ganti", id=name)
    assert page.messages() == after


def test_no_office_is_named_before_one_is_chosen(program: Running) -> None:
    page = Page(program)
    page.opens()
    assert page.http.get("/api/chat/messages").json()["office"] is None


def test_a_forgotten_chat_is_closed_in_this_browser_only(program: Running, page: Page) -> None:
    token = page.http.cookies["loket_chat"]
    assert page.http.delete("/api/chat").status_code == 204
    assert page.http.get("/api/chat/messages").status_code == 401
    assert Page(program, bearer=token).messages()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/chat/messages"),
        ("GET", "/api/chat/events"),
        ("GET", "/api/chat/files/whatever"),
        ("POST", "/api/chat/messages"),
        ("POST", "/api/chat/files"),
    ],
)
@pytest.mark.parametrize("token", ["", "A" * 22, "' OR 1=1 --", "A" * 9000])
def test_without_a_known_token_there_is_no_chat(
    program: Running, method: str, path: str, token: str
) -> None:
    page = Page(program, bearer=token)
    body = {"json": {"id": new(), "text": "halo"}} if path.endswith("messages") else {}
    answer = page.http.request(method, path, **(body if method == "POST" else {}))
    assert answer.status_code == 401
    assert answer.json()["message"]


def test_the_database_does_not_tell_the_token(program: Running, page: Page) -> None:
    token = page.http.cookies["loket_chat"].encode()
    page.says("halo")
    for path in program.folder.glob("loket.db*"):
        assert token not in path.read_bytes()


# --- writing ------------------------------------------------------------------------------


def test_a_message_is_answered_and_both_are_kept_in_order(page: Page) -> None:
    name = new()
    answer = page.says("bkin ktp ilg gmn yaa", name)
    assert (answer.status_code, answer.json()) == (202, {"id": name})
    page.hears("KTP")
    mine, theirs = page.messages()[-2:]
    assert (mine["id"], mine["from"], mine["text"]) == (name, "me", "bkin ktp ilg gmn yaa")
    assert theirs["from"] == "office"
    assert [choice["label"] for choice in theirs["choices"]] == ["Ya, mulai", "Bukan itu"]


def test_the_same_id_twice_has_one_effect_and_the_same_answer(page: Page) -> None:
    name = new()
    answers = [page.says("ktp hilang", name) for _ in range(3)]
    assert {(each.status_code, each.text) for each in answers} == {(202, f'{{"id":"{name}"}}')}
    assert [each["id"] for each in page.messages()].count(name) == 1
    assert len(page.heard()) == 2


def test_two_people_may_use_the_same_id(program: Running, page: Page) -> None:
    other = Page(program)
    other.opens("pu")
    name = new()
    page.says("ktp hilang", name)
    other.says("kk hilang", name)
    assert other.messages()[-2]["text"] == "kk hilang"


def test_a_tap_is_remembered_with_the_words_of_its_button(page: Page) -> None:
    page.says("ktp hilang")
    assert page.taps("Ya, mulai").status_code == 202
    mine = page.messages()[-2]
    assert (mine["from"], mine["text"], mine["token"]) == ("me", "Ya, mulai", "suggest/yes:yes")


def test_a_command_may_be_tapped_too(page: Page) -> None:
    page.http.post("/api/chat/messages", json={"id": new(), "token": "status"})
    assert page.messages()[-2]["text"] == "Cek status"


def test_a_button_that_was_never_shown_is_no_disaster(page: Page) -> None:
    answer = page.http.post("/api/chat/messages", json={"id": new(), "token": "kk/nik:' --"})
    assert answer.status_code == 202
    assert page.messages()[-1]["from"] == "office"


def test_long_texts_are_taken_in_and_longer_ones_refused_kindly(page: Page) -> None:
    assert page.says("a" * 10_000).status_code == 202
    answer = page.says("a" * 10_001)
    assert answer.status_code == 413
    assert answer.json()["message"] == "Pesannya terlalu panjang. Bagi jadi beberapa pesan, ya."
    assert page.says("a" * 1_000_000).status_code == 413


def test_ten_thousand_escaped_characters_still_fit(page: Page) -> None:
    body = json.dumps({"id": new(), "text": "😀" * 10_000})
    answer = page.http.post(
        "/api/chat/messages", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"text"',
        "{}",
        '{"text": "halo"}',
        '{"id": "not-a-uuid", "text": "halo"}',
        '{"id": 7, "text": "halo"}',
        '{"id": "%ID%"}',
        '{"id": "%ID%", "text": ""}',
        '{"id": "%ID%", "text": "  \\n "}',
        '{"id": "%ID%", "text": ["halo"]}',
        '{"id": "%ID%", "text": {"a": 1}}',
        '{"id": "%ID%", "text": "halo", "token": "menu"}',
        '{"id": "%ID%", "token": ""}',
        '{"id": "%ID%", "token": 5}',
        '{"id": "%ID%", "token": "' + "x" * 65 + '"}',
        "[" * 50_000,
        '{"id": "%ID%", "text": ' + "1" * 5000 + "}",
        b"\xff\xfe\x00",
        b'{"id": "%ID%", "text": "\xff"}',
    ],
)
def test_what_cannot_be_read_is_refused_kindly(page: Page, body: str | bytes) -> None:
    raw = body if isinstance(body, bytes) else body.replace("%ID%", new()).encode()
    before = page.messages()
    answer = page.http.post(
        "/api/chat/messages", content=raw, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert list(answer.json()) == ["message"]
    assert page.messages() == before


def test_another_content_type_is_no_message(page: Page) -> None:
    body = json.dumps({"id": new(), "text": "halo"})
    answer = page.http.post(
        "/api/chat/messages", content=body, headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("written", "kept"), [("ktp\\u0000 hilang", "ktp hilang"), ("ktp \\ud83d", "ktp \ufffd")]
)
def test_a_character_that_no_database_keeps_is_no_disaster(
    page: Page, written: str, kept: str
) -> None:
    answer = page.http.post(
        "/api/chat/messages",
        content=f'{{"id": "{new()}", "text": "{written}"}}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 202
    assert page.messages()[-2]["text"] == kept


def test_a_flood_is_held_back_for_a_moment_and_only_in_its_own_chat(
    program: Running, page: Page
) -> None:
    other = Page(program)
    other.opens("pu")
    answers = [page.says("halo") for _ in range(30)]
    assert [each.status_code for each in answers[:20]] == [202] * 20
    held = next(each for each in answers if each.status_code == 429)
    assert 1 <= int(held.headers["retry-after"]) <= 2
    assert "detik" in held.json()["message"]
    assert other.says("halo").status_code == 202
    time.sleep(2)
    assert page.says("halo").status_code == 202


def test_one_network_cannot_open_chats_without_end(program: Running) -> None:
    page = Page(program)
    opened = []
    for _ in range(90):
        page.http.cookies.clear()
        opened.append(page.http.post("/api/chat").status_code)
    assert opened[:60] == [200] * 60
    assert 429 in opened
    assert Page(program).opens()["new"] is True


# --- reading ------------------------------------------------------------------------------


def test_only_what_is_newer_is_read_when_asked_so(page: Page) -> None:
    page.says("ktp hilang", first := new())
    greeting = page.messages()[0]
    page.says("kk hilang", second := new())
    newer = page.messages(after=greeting["id"])
    assert [each["id"] for each in newer if each["from"] == "me"] == [first, second]
    assert page.messages(after=first) == newer[1:]
    assert page.messages(after=newer[-1]["id"]) == []


def test_a_long_chat_is_read_in_pages_without_a_gap(
    program: Running, page: Page, promise: Callable[..., None]
) -> None:
    page.says("zamrud dua puluh")
    where = address(program, "zamrud dua puluh")
    promise(where, *(Message(f"kabar {number}") for number in range(250)))
    page.says("status")
    newest = page.http.get("/api/chat/messages").json()
    assert len(newest["messages"]) == 100
    assert newest["more"] is True
    whole: list[dict[str, Any]] = newest["messages"]
    while page.http.get("/api/chat/messages", params={"before": whole[0]["id"]}).json()["messages"]:
        whole = page.messages(before=whole[0]["id"]) + whole
    numbers = [each["text"] for each in whole if each["text"].startswith("kabar")]
    assert numbers == [f"kabar {number}" for number in range(250)]
    assert len({each["id"] for each in whole}) == len(whole) == 250 + 5


@pytest.mark.parametrize("where", ["0", "99999999999999999999999", "-1", "x", "1 OR 1=1", "²", "é"])
def test_a_place_that_is_not_there_is_no_error(page: Page, where: str) -> None:
    assert page.messages(after=where) == page.messages()
    assert page.messages(before=where) == page.messages()


def test_another_chats_places_say_nothing(program: Running, page: Page) -> None:
    other = Page(program)
    other.opens("pu")
    page.says("ktp hilang", name := new())
    assert other.messages(after=name) == other.messages()
    assert other.messages(after=page.messages()[0]["id"]) == other.messages()


def test_links_and_quotes_of_the_office_arrive(
    program: Running, page: Page, promise: Callable[..., None]
) -> None:
    page.says("delima dua puluh", name := new())
    where = address(program, "delima dua puluh")
    map_, yes, menu = (
        Button("Peta", url="https://example.go.id"),
        Button("Ya", "a/b:c"),
        Button("Menu", "menu"),
    )
    message = Message("Lihat", (map_, yes, menu), quote=name)
    promise(where, message, Message("ack", acknowledge="1"))
    found = page.messages()[-1]
    assert found["quote"] == name
    assert [(c["label"], c["number"], c["url"]) for c in found["choices"]] == [
        ("Peta", None, "https://example.go.id"),
        ("Ya", 1, None),
        ("Menu", None, None),
    ]


def test_what_was_sent_is_settled_in_the_outbox(program: Running, page: Page) -> None:
    page.says("mutiara dua puluh")
    where = address(program, "mutiara dua puluh")
    for _ in until():
        found = rows(program, "SELECT DISTINCT state FROM outbox WHERE address = ?", where)
        if found == [("sent",)]:
            return
    raise AssertionError(found)


# --- listening ----------------------------------------------------------------------------


def test_answers_come_by_themselves(page: Page) -> None:
    with page.listens() as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-store"
        _, greeting = stream.next()
        page.says("ktp hilang")
        name, answer = stream.next()
    assert greeting == page.heard()[0]
    assert answer == page.heard()[1]
    assert name == answer["id"]


def test_what_the_office_writes_by_itself_comes_too(
    program: Running, page: Page, promise: Callable[..., None]
) -> None:
    page.says("safir dua puluh")
    where = address(program, "safir dua puluh")
    with page.listens(params={"after": page.heard()[-1]["id"]}) as stream:
        promise(where, Message("Besok ambil KTP."))
        assert stream.next()[1]["text"] == "Besok ambil KTP."


def test_what_was_missed_comes_first(page: Page) -> None:
    page.says("ktp hilang")
    page.says("kk hilang")
    greeting, *missed = page.heard()
    with page.listens(headers={"Last-Event-ID": greeting["id"]}) as stream:
        assert [stream.next()[1] for _ in missed] == missed
    with page.listens(params={"after": missed[0]["id"]}) as stream:
        assert stream.next()[1] == missed[1]


@pytest.mark.parametrize("seen", ["x", "-5", "²", "99999999999999999999"])
def test_a_strange_last_event_is_no_error(page: Page, seen: str) -> None:
    with page.listens(params={"after": seen}) as stream:
        assert stream.answer.status_code == 200


def test_a_sixth_window_is_asked_to_wait(page: Page) -> None:
    streams = [page.http.stream("GET", "/api/chat/events") for _ in range(5)]
    reading = []  # a reader that is forgotten closes its stream
    try:
        for each in streams:
            lines = each.__enter__().iter_lines()
            next(lines)
            reading.append(lines)
        refused = page.http.get("/api/chat/events")
        assert refused.status_code == 429
        assert refused.headers["retry-after"]
        assert "jendela" in refused.json()["message"]
    finally:
        for each in streams:
            each.__exit__(None, None, None)
    for _ in until():
        with page.http.stream("GET", "/api/chat/events") as again:
            if again.status_code == 200:
                return
    raise AssertionError("closed windows still count")


def test_a_chat_goes_on_after_a_restart_of_the_server(tmp_path: Path) -> None:
    program = Running(tmp_path).start()
    page = Page(program)
    try:
        page.opens("pu")
        with page.listens() as stream:
            seen, _ = stream.next()
            program.stop()
        program.start()
        page.says("ktp hilang")
        with page.listens(headers={"Last-Event-ID": seen}) as stream:
            assert "KTP" in stream.next()[1]["text"]
        assert len(page.messages()) == 3
    finally:
        program.stop()


# --- files --------------------------------------------------------------------------------


@pytest.fixture
def applicant(page: Page) -> Page:
    """Somebody who is asked for the first photo."""
    page.opens("pu-ktp_ganti")
    for answer in ("KTP hilang", "Saya sendiri", "Ya, mulai", "Setuju"):
        page.taps(answer)
    for answer in ("3302271708900003", "Slamet Riyadi", "3302270102150004", "Grendeng"):
        page.says(answer)
    page.hears("surat kehilangan")
    return page


def test_a_photo_is_examined_and_shown_small_to_its_sender(
    program: Running, applicant: Page, photo: bytes
) -> None:
    name = new()
    answer = applicant.sends(photo, name, caption="ini suratnya")
    assert (answer.status_code, answer.json()) == (202, {"id": name})
    applicant.hears("Fotonya jelas")
    mine = next(each for each in applicant.messages() if each["id"] == name)
    assert mine["text"] == "ini suratnya"
    assert (mine["file"]["name"], mine["file"]["size"]) == ("foto.jpg", len(photo))
    shown = applicant.http.get(f"/api/chat/files/{mine['file']['id']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert max(Image.open(BytesIO(shown.content)).size) == 320

    other = Page(program)
    other.opens("pu")
    assert other.http.get(f"/api/chat/files/{mine['file']['id']}").status_code == 404
    missing = other.http.get(f"/api/chat/files/{'x' * 22}")
    assert missing.status_code == 404
    assert missing.json() == other.http.get(f"/api/chat/files/{mine['file']['id']}").json()


def test_what_is_said_of_a_poor_photo_quotes_it(applicant: Page) -> None:
    applicant.sends(pictures.jpeg(pictures.card("letter", blur=6)), name := new())
    assert applicant.hears("kabur")["quote"] == name


def test_the_bytes_as_they_came_are_gone_once_examined(
    program: Running, applicant: Page, photo: bytes
) -> None:
    applicant.sends(photo, new())
    applicant.hears("Fotonya jelas")
    for _ in until():
        if not list((program.folder / "files").rglob("raw-*")):
            return
    raise AssertionError("the raw upload is still in the vault")


def test_the_same_photo_sent_twice_under_one_id_counts_once(
    program: Running, applicant: Page, photo: bytes
) -> None:
    name = new()
    assert applicant.sends(photo, name).text == applicant.sends(photo, name).text
    applicant.hears("Kirim foto Kartu Keluarga")
    assert [each["id"] for each in applicant.messages()].count(name) == 1
    (found,) = rows(program, "SELECT count(*) FROM attachments WHERE message_id = ?", name)
    assert found == (1,)


def test_an_album_is_sorted_as_one(applicant: Page, photo: bytes) -> None:
    for _ in range(2):
        assert applicant.sends(photo, album="a1").status_code == 202
    applicant.hears("Foto ini foto apa?")


def test_a_file_that_is_no_document_gets_a_kind_answer(applicant: Page) -> None:
    assert applicant.sends(b"MZ\x90 a program").status_code == 202
    applicant.hears("jenisnya belum bisa saya buka")


def test_an_empty_file_gets_a_kind_answer(applicant: Page) -> None:
    assert applicant.sends(b"").status_code == 202
    applicant.hears("kosong")


def test_a_file_of_sixteen_megabytes_is_taken_and_one_byte_more_is_not(
    program: Running, applicant: Page
) -> None:
    assert applicant.sends(b"\xff\xd8\xff" + b"x" * (16 * 2**20 - 3)).status_code == 202
    for size in (16 * 2**20 + 1, 16 * 2**20 + 2**17, 30 * 2**20):
        answer = applicant.sends(b"\xff\xd8\xff" + b"x" * (size - 3))
        assert answer.status_code == 413
        assert "16 MB" in answer.json()["message"]


def test_a_body_without_end_is_cut_off(applicant: Page) -> None:
    def flood() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while True:
            yield b"x" * 2**20

    try:
        answer = applicant.http.post(
            "/api/chat/files",
            content=flood(),
            headers={"content-type": "multipart/form-data; boundary=b"},
        )
        assert answer.status_code == 413
    except httpx.TransportError:
        pass  # hung up on before the answer could be read
    assert applicant.messages()


FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx'
ID = b'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\nx'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", b"x"),
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b""),
        ("multipart/form-data; boundary=" + "b" * 300, b""),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"garbage"),
        ("multipart/form-data; boundary=b", ID + b"\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", FILE + b"\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", ID + b"\r\n" + FILE),
        ("multipart/form-data; boundary=b", ID + b"\r\n" + FILE + b"\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nA: b\r\n\r\nx\r\n--b--\r\n"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_kindly(page: Page, kind: str, body: bytes) -> None:
    before = page.messages()
    answer = page.http.post("/api/chat/files", content=body, headers={"content-type": kind})
    assert answer.status_code == 422
    assert list(answer.json()) == ["message"]
    assert page.messages() == before


def handed(program: Running, chat: str, data: bytes, media_type: str, by: str = "sari") -> str:
    """A file that an officer sends to that chat; returns its id."""
    file, kind = new(), "photo" if media_type == "image/jpeg" else "pdf"
    Vault(program.folder / "files", Keys((b"k" * 32,))).put(file, "pu", data)
    database = Database(program.environment["LOKET_DATABASE__URL"])

    def work(tx: Any) -> None:
        row = conversations.peek(tx, "web", chat)
        now = datetime.fromisoformat(MONDAY)
        attachments.create(
            tx, file, office_id="pu", conversation_id=row.id, remote={"by": by} if by else {},
            caption="", message_id="", due_at=now, now=now,
        )  # fmt: skip
        attachments.examined(tx, file, state="stored", verdict="good", kind=kind,
                             media_type=media_type)  # fmt: skip

    database.write(work)
    database.close()
    return file


@pytest.mark.parametrize(
    ("media_type", "how"), [("image/jpeg", "inline"), ("application/pdf", "attachment")]
)
def test_a_file_of_the_office_is_opened_whole_in_its_own_chat_alone(
    program: Running, page: Page, promise: Callable[..., None], photo: bytes, media_type: str,
    how: str,
) -> None:  # fmt: skip
    page.says(words := f"tolong formulirnya {media_type}")
    chat = address(program, words)
    data = photo if media_type == "image/jpeg" else b"%PDF-1.7 ..."
    file = handed(program, chat, data, media_type)
    promise(chat, Message("Bu Sari, petugas: ini ya", file=file))
    shown = page.hears("ini ya")
    assert shown["file"]["id"] == file
    whole = page.http.get(f"/api/chat/files/{file}/whole")
    assert (whole.status_code, whole.content) == (200, data)
    assert whole.headers["content-disposition"].startswith(how)
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    other = Page(program)
    other.opens("pu")
    assert other.http.get(f"/api/chat/files/{file}/whole").status_code == 404
    own = handed(program, chat, data, media_type, by="")
    assert page.http.get(f"/api/chat/files/{own}/whole").status_code == 404


# --- the page -----------------------------------------------------------------------------


def test_the_page_weighs_less_than_forty_kilobytes_and_comes_from_here(program: Running) -> None:
    http = httpx.Client(base_url=program.url, headers={"accept-encoding": "identity"})
    html = http.get("/")
    assets = re.findall(r'(?:href|src)="(/assets/[^"]+)"', html.text)
    assert len(assets) == 3
    parts = [http.get(each) for each in assets]
    assert all(each.status_code == 200 for each in parts)
    assert len(html.content) + sum(len(each.content) for each in parts) < 40_000
    assert not re.search(r'(?:href|src)="(?:https?:)?//', html.text)


def test_the_page_allows_no_script_or_style_but_its_own(program: Running) -> None:
    answer = httpx.get(program.url)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert " onclick=" not in answer.text


def test_the_page_names_its_office_and_how_to_reach_it_without_scripts(program: Running) -> None:
    html = httpx.get(f"{program.url}/?to=ma-kk").text
    assert '<html lang="id">' in html
    assert "<title>Kecamatan Medan Area · Loket</title>" in html
    plain = html[html.index("<noscript>") :]
    assert "Kantor Kecamatan Medan Area, Kota Medan" in plain
    assert "Senin-Kamis 07.30-16.00" in plain


def test_assets_are_kept_for_a_year_and_change_their_address_with_their_content(
    program: Running,
) -> None:
    html = httpx.get(program.url).text
    start = html.index("/assets/chat.js?v=")
    script = html[start : html.index('"', start)]
    kept = httpx.get(program.url + script)
    assert "max-age=31536000" in kept.headers["cache-control"]
    assert kept.headers["content-encoding"] == "gzip"
    stale = httpx.get(f"{program.url}/assets/chat.js?v=old")
    assert stale.headers["cache-control"] == "no-cache"
    tag = httpx.get(program.url).headers["etag"]
    assert httpx.get(program.url, headers={"if-none-match": tag}).status_code == 304
    assert httpx.get(f"{program.url}/assets/../chat_api.py").status_code == 404


@pytest.mark.parametrize("link", ["%00", "<script>alert(1)</script>", "../..", "pu", "x" * 5000])
def test_a_strange_link_shows_the_page(program: Running, link: str) -> None:
    answer = httpx.get(program.url, params={"to": link})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_the_api_is_documented(program: Running) -> None:
    document = httpx.get(f"{program.url}/openapi.json").json()
    paths = {path for path in document["paths"] if path.startswith("/api/chat")}
    assert paths == {
        "/api/chat",
        "/api/chat/messages",
        "/api/chat/files",
        "/api/chat/files/{file}",
        "/api/chat/files/{file}/whole",
        "/api/chat/events",
    }
    assert "Bubble" in document["components"]["schemas"]
    assert "multipart/form-data" in json.dumps(document["paths"]["/api/chat/files"]["post"])

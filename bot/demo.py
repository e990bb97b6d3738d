"""`loket demo`: the real program on a temporary folder, a citizen in the web chat, an officer at
the desk, from the greeting to "collected".

Everything goes over HTTP, as a browser would do it; the photos are real files.
"""

import base64
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw, ImageFont

CLOCK = "2026-11-23T08:00:00+07:00"
"""Monday morning, so that the office is open."""
PATIENCE = 30.0
"""Seconds to wait for any one thing."""


class DemoFailed(Exception):
    """The story did not go as it should."""


def play(environment: Mapping[str, str]) -> int:
    """Play the whole story and print the chat; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="loket-demo-") as folder:
        base = f"http://127.0.0.1:{_free_port()}"
        with subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            env=_environment(environment, Path(folder), base),
            stdout=subprocess.PIPE,
            text=True,
        ) as program:
            try:
                invitation = _invitation(program)
                with (
                    httpx.Client(base_url=base, timeout=10) as citizen,
                    httpx.Client(base_url=base, timeout=10, follow_redirects=True) as officer,
                ):
                    _wait_until_ready(citizen)
                    _story(_Citizen(citizen), _Officer(officer), invitation)
            except (DemoFailed, httpx.HTTPError) as failed:
                print(f"\nThe demo failed: {failed}", file=sys.stderr)
                return 1
            finally:
                program.terminate()
                program.wait(timeout=10)
    return 0


def _story(citizen: "_Citizen", officer: "_Officer", invitation: str) -> None:
    citizen.opens("pu")
    citizen.says("bkin ktp ilg gmn yaa")
    citizen.taps("Ya, mulai")
    citizen.taps("Saya sendiri")
    citizen.taps("Ya, mulai")
    citizen.taps("Setuju")
    citizen.says("330227170890")
    citizen.says("3302271708900003")
    citizen.says("slamet riyadi")
    citizen.says("3302270101150007")
    citizen.says("grendeng")
    citizen.sends("SURAT KEHILANGAN", blurred=True)
    citizen.taps("Foto lagi")
    citizen.sends("SURAT KEHILANGAN")
    citizen.sends("KARTU KELUARGA")
    citizen.taps("Ya, kirim")
    number = citizen.ticket()
    officer.accepts(invitation)
    officer.moves(number, "take")
    officer.moves(number, "send_back", note="Cap polisinya belum kelihatan.", documents=["police"])
    citizen.hears("dikirim ulang")
    citizen.sends("SURAT KEHILANGAN CAP")
    officer.moves(number, "finish", note="KTP bisa diambil di Loket 2.")
    citizen.hears("ambil")
    officer.moves(number, "hand_over")
    citizen.hears(number)
    citizen.says("status")
    print(f"\n{number} · collected")


class _Citizen:
    """Somebody in the web chat."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._seen: set[str] = set()
        self._messages: list[dict[str, Any]] = []

    def opens(self, link: str) -> None:
        answer = self._http.post("/api/chat", json={"link": link}).raise_for_status()
        self._http.headers["authorization"] = f"Bearer {answer.json()['chat']}"
        self._answered(0)

    def says(self, text: str) -> None:
        before = self._count()
        print(f"\n< {text}")
        self._post({"id": str(uuid.uuid4()), "text": text})
        self._answered(before)

    def taps(self, label: str) -> None:
        before = self._count()
        print(f"\n< [{label}]")
        self._post({"id": str(uuid.uuid4()), "token": self._token(label)})
        self._answered(before)

    def sends(self, title: str, *, blurred: bool = False) -> None:
        before = self._count()
        print(f"\n< (foto{' kabur' if blurred else ''}: {title})")
        self._http.post(
            "/api/chat/files",
            data={"id": str(uuid.uuid4())},
            files={"file": ("foto.jpg", _photo(title, blurred), "image/jpeg")},
        ).raise_for_status()
        self._answered(before)

    def hears(self, words: str) -> None:
        """Wait until the newest messages say this."""
        deadline = time.monotonic() + PATIENCE
        while not any(words.lower() in each["text"].lower() for each in self._messages[-3:]):
            if time.monotonic() > deadline:
                raise DemoFailed(f"the citizen never heard {words!r}")
            time.sleep(0.1)
            self._read()

    def ticket(self) -> str:
        for each in reversed(self._messages):
            if found := re.search(r"[A-Z]{2}-\d{4}-\d{5}-\d", each["text"]):
                return found.group()
        raise DemoFailed("no ticket number was told")

    def _token(self, label: str) -> str:
        for each in reversed(self._messages):
            for choice in each["choices"]:
                if choice["label"] == label:
                    return str(choice["token"])
        raise DemoFailed(f"there is no button {label!r}")

    def _post(self, body: dict[str, str]) -> None:
        self._http.post("/api/chat/messages", json=body).raise_for_status()

    def _count(self) -> int:
        return len(self._messages)

    def _answered(self, before: int) -> None:
        """Wait for an answer, and a moment more for what follows it."""
        deadline = time.monotonic() + PATIENCE
        while self._count() == before:
            if time.monotonic() > deadline:
                raise DemoFailed("the citizen got no answer")
            time.sleep(0.05)
            self._read()
        time.sleep(0.3)
        self._read()

    def _read(self) -> None:
        answer = self._http.get("/api/chat/messages").raise_for_status().json()
        for each in answer["messages"]:
            if each["from"] != "office" or each["id"] in self._seen:
                continue
            self._seen.add(each["id"])
            self._messages.append(each)
            print("\n".join(f"> {line}" for line in each["text"].split("\n")))
            for choice in each["choices"]:
                print(f">   [{choice['number'] or ''} {choice['label']}]".replace("[ ", "["))


class _Officer:
    """Somebody at the desk, with a browser that has no scripts."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def accepts(self, invitation: str) -> None:
        page = self._http.get(invitation).raise_for_status()
        password = secrets.token_urlsafe(12)
        fields = {"login": "sari", "name": "Bu Sari", "password": password, "again": password}
        self._submit(page, "", fields)
        signed_in = self._http.get("/desk").raise_for_status()
        if "sign-in" in str(signed_in.url):
            self._submit(signed_in, "", {"login": "sari", "password": password})
        print("\n-- Bu Sari works at the desk")

    def moves(
        self, number: str, move: str, note: str = "", documents: list[str] | None = None
    ) -> None:
        page = self._http.get(f"/desk/tickets/{number}").raise_for_status()
        fields: dict[str, Any] = {"move": move}
        if note:
            fields["note"] = note
        if documents:
            fields["documents"] = documents
        self._submit(page, f'name="move" value="{move}"', fields)
        print(f"\n-- Bu Sari: {move}{f' ({note})' if note else ''}")

    def _submit(self, page: httpx.Response, marker: str, fields: dict[str, Any]) -> None:
        """Fill in the form that contains `marker`, as a browser would: hidden fields included."""
        for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):
            if marker not in form or ("password" in fields and 'type="password"' not in form):
                continue
            action = re.search(r'action="([^"]*)"', form)
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
            to = unescape(action.group(1)) if action else str(page.url)
            self._http.post(to, data={**hidden, **fields}).raise_for_status()
            return
        raise DemoFailed(f"the desk has no form for {marker!r}")


def _environment(outer: Mapping[str, str], folder: Path, base: str) -> dict[str, str]:
    port = base.rpartition(":")[2]
    return {
        **{key: value for key, value in outer.items() if not key.startswith("LOKET_")},
        "LOKET_DATABASE__URL": f"sqlite:///{folder}/loket.db",
        "LOKET_FILES__PATH": f"{folder}/files",
        "LOKET_FILES__KEY": base64.b64encode(os.urandom(32)).decode(),
        "LOKET_WEB__PORT": port,
        "LOKET_CLOCK__NOW": CLOCK,
        "PYTHONUNBUFFERED": "1",
    }


def _invitation(program: "subprocess.Popen[str]") -> str:
    """The one-time link that the first run prints."""
    assert program.stdout is not None
    for line in program.stdout:
        if found := re.search(r"https?://\S+(/desk/invite/\S+)", line):
            return found.group(1)
    raise DemoFailed("the program ended without an invitation")


def _wait_until_ready(http: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if http.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise DemoFailed("the program never became ready")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _photo(title: str, blurred: bool) -> bytes:
    """A photographed sheet: dark table, paper, printed lines."""
    image = Image.new("RGB", (1200, 1600), (92, 74, 60))
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 90, 1110, 1510), fill=(244, 242, 236))
    draw.text((160, 150), title, fill=(20, 20, 24), font=ImageFont.load_default(64))
    for line in range(26):
        text = f"{line + 1:02}  Nama / NIK / alamat  {secrets.token_hex(10)}"
        draw.text((160, 280 + line * 46), text, fill=(30, 30, 36), font=ImageFont.load_default(30))
    if blurred:
        image = image.resize((150, 200)).resize((1200, 1600))
    data = BytesIO()
    image.save(data, "JPEG", quality=88)
    return data.getvalue()

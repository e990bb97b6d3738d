"""Where the demo plays: the program, and the channel's platform, as processes of their own.

Telegram and WhatsApp are the stand-ins that the tests use: they refuse what the platforms
refuse, sign what the platforms sign, and nothing leaves this machine.
"""

import base64
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from bot.config import ROOT
from bot.demo.base import PATIENCE, DemoFailed, wait_for
from bot.demo.officer import LOGIN, NAME
from bot.demo.phones import Phone, Telegram, Web, WhatsApp, control

CLOCK = "2026-11-23T08:00:00+07:00"
"""Monday morning, so that the office is open."""
REVIEWED_AT = "https://loket.example.go.id"
"""Where WhatsApp's reviewers find the samples of pictures; the story sends none."""
STAND_INS = ROOT / "tests" / "fakes"
"""An installed package lacks them."""
NOBODY = {
    "LOKET_TELEGRAM__TOKEN": "",
    "LOKET_TELEGRAM__MODE": "polling",
    "LOKET_TELEGRAM__STAFF_CHAT": "",
    "LOKET_WHATSAPP__ACCOUNT_SID": "",
    "LOKET_WHATSAPP__AUTH_TOKEN": "",
    "LOKET_WHATSAPP__FROM": "",
    "LOKET_WHATSAPP__MESSAGING_SERVICE_SID": "",
    "LOKET_SMS__FROM": "",
}
"""Settings with which no real platform is spoken to, whatever config.toml says."""

Environment = Mapping[str, str]


@contextmanager
def channel(name: str, base: str, outer: Environment) -> Iterator[tuple[Phone, Environment]]:
    """A citizen's phone, and how the program at `base` has to be set to reach it."""
    if name == "web":
        with _client(base) as http:
            yield Web(http), {}
        return
    open_platform = {"telegram": _telegram, "whatsapp": _whatsapp}[name]
    with open_platform(base, _plain(outer)) as (phone, settings):
        print("-- the platform is a stand-in: nothing leaves this machine\n")
        yield phone, settings


@contextmanager
def _telegram(base: str, outer: Environment) -> Iterator[tuple[Phone, Environment]]:
    """Updates are fetched by long polling."""
    token = f"123456:{secrets.token_hex(20)}"
    with _stand_in("fakes.telegram", outer, "--token", token) as http:
        yield (
            Telegram(http),
            {"LOKET_TELEGRAM__TOKEN": token, "LOKET_TELEGRAM__API_URL": _address(http)},
        )


@contextmanager
def _whatsapp(base: str, outer: Environment) -> Iterator[tuple[Phone, Environment]]:
    """Messages and reports come by signed webhooks; our templates are submitted and approved."""
    account, token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
    given = ("--account", account, "--token", token, "--webhook", f"{base}/webhooks/whatsapp")
    with _stand_in("fakes.twilio", outer, *given) as http:
        settings = {
            "LOKET_WHATSAPP__ACCOUNT_SID": account,
            "LOKET_WHATSAPP__AUTH_TOKEN": token,
            "LOKET_WHATSAPP__FROM": control(http, "state")["whatsapp_from"],
            "LOKET_WHATSAPP__API_URL": _address(http),
            "LOKET_WHATSAPP__PERSON_BURST": "60",  # nobody chats as fast as this story
        }
        _push({**outer, **NOBODY, "LOKET_WEB__PUBLIC_URL": REVIEWED_AT, **settings})
        held = http.get("/v1/Content", params={"PageSize": 100}, auth=(account, token))
        for each in held.raise_for_status().json()["contents"]:
            control(http, "approves", name=each["friendly_name"])
        yield WhatsApp(http), settings


def _push(environment: Environment) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "whatsapp", "templates", "push"],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DemoFailed(f"the templates were not taken: {done.stderr.strip()}")


@contextmanager
def _stand_in(module: str, outer: Environment, *given: str) -> Iterator[httpx.Client]:
    """A platform's stand-in as a process; speaks to the side on which people act."""
    environment = {**outer, "PYTHONPATH": str(STAND_INS.parent)}
    with (
        _running(environment, module, "--port", "0", *given) as process,
        _client(_printed(process, r"at (http://\S+)", module)) as http,
    ):
        yield http


class Running:
    """`loket run`: a browser at its desk, the password of its one officer, and its clock."""

    def __init__(self, desk: httpx.Client, password: str, environment: Environment) -> None:
        self.desk = desk
        self.password = password
        self._environment = environment
        self._process = ExitStack()

    def start(self, at: str) -> None:
        """Run the program with a clock that begins at that time."""
        environment = {**self._environment, "LOKET_CLOCK__NOW": at}
        process = self._process.enter_context(_running(environment, "bot", "run"))
        _printed(process, r"(https?://\S+/desk)", "loket run")
        wait_for(lambda: _is_ready(self.desk), "the program never became ready")

    def stop(self) -> None:
        """End it; what it has promised stays promised."""
        self._process.close()

    def tick(self, at: str) -> None:
        """What is due at a time, done and sent: `loket tick --at`."""
        done = subprocess.run(  # noqa: S603  our own module
            [sys.executable, "-m", "bot", "tick", "--at", at],
            env=dict(self._environment),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise DemoFailed(f"nothing was done at {at}: {done.stderr.strip()}")


@contextmanager
def program(
    folder: Path, base: str, settings: Environment, outer: Environment
) -> Iterator[Running]:
    """`loket run` in a folder."""
    environment = {
        **_plain(outer),
        **NOBODY,
        "LOKET_DATABASE__URL": f"sqlite:///{folder}/loket.db",
        "LOKET_FILES__PATH": f"{folder}/files",
        "LOKET_FILES__KEY": base64.b64encode(os.urandom(32)).decode(),
        "LOKET_WEB__HOST": "127.0.0.1",
        "LOKET_WEB__PORT": base.rpartition(":")[2],
        "LOKET_WEB__PUBLIC_URL": base,
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    password = secrets.token_urlsafe(12)
    _hire(environment, password)
    with _client(base) as http:
        running = Running(http, password, environment)
        try:
            running.start(CLOCK)
            yield running
        finally:
            running.stop()


def _hire(environment: Environment, password: str) -> None:
    """`loket staff add`: an officer, whose phone need not show codes as an administrator's."""
    done = subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-m", "bot", "staff", "add", LOGIN, "--name", NAME],
        env=environment,
        input=f"{password}\n",
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DemoFailed(f"nobody could be hired: {done.stderr.strip()}")


def free_address() -> str:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def _running(environment: Environment, *module: str) -> Iterator["subprocess.Popen[str]"]:
    """A Python module as a process, ended in any case."""
    with subprocess.Popen(  # noqa: S603  our own modules
        [sys.executable, "-m", *module], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _printed(process: "subprocess.Popen[str]", pattern: str, name: str) -> str:
    """What the process says once it has begun; one that keeps silent is ended."""
    assert process.stdout is not None
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    try:
        for line in process.stdout:
            if found := re.search(pattern, line):
                return found.group(1)
    finally:
        patience.cancel()
    raise DemoFailed(f"{name} ended before it had begun")


def _plain(outer: Environment) -> dict[str, str]:
    """The environment without anybody's own settings."""
    return {key: value for key, value in outer.items() if not key.startswith("LOKET_")}


def _client(base: str) -> httpx.Client:
    return httpx.Client(base_url=base, timeout=10, follow_redirects=True, trust_env=False)


def _address(http: httpx.Client) -> str:
    return str(http.base_url).rstrip("/")


def _is_ready(http: httpx.Client) -> bool | None:
    try:
        return http.get("/healthz").status_code == 200 or None
    except httpx.TransportError:
        return None

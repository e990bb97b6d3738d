"""Addresses under which a platform fetches what we send: only ours, only for a while."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Enclosed
from bot.lending import LIFE, Lender, Lent
from storage.files import Keys, Vault
from talk import MONDAY

PHOTO = Enclosed("photo", "image/jpeg", b"...", "file-000001", "pu")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self):
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lender(folder: Path, clock: Clock, key: bytes = b"k" * 32) -> Lender:
    return Lender(Vault(folder, Keys((key,))), "https://loket.example.go.id/", clock)


def token(address: str) -> str:
    return address.split("/m/")[1].split("/")[0]


def test_an_address_leads_to_its_file_until_it_ends(tmp_path: Path, clock: Clock) -> None:
    ours = lender(tmp_path, clock)
    address = ours.address(PHOTO)
    assert address.startswith("https://loket.example.go.id/m/")
    assert address.endswith("/loket.jpg")
    assert ours.read(token(address)) == Lent("file-000001", "pu", "image/jpeg")
    clock.now += LIFE - timedelta(seconds=1)
    assert ours.read(token(address)) is not None
    clock.now += timedelta(seconds=1)
    assert ours.read(token(address)) is None


def test_an_address_says_nothing_of_its_file(tmp_path: Path, clock: Clock) -> None:
    ours = lender(tmp_path, clock)
    address = ours.address(PHOTO)
    assert "file-000001" not in address
    assert address != ours.address(PHOTO)


def test_whatever_else_is_typed_leads_nowhere(tmp_path: Path, clock: Clock) -> None:
    ours = lender(tmp_path, clock)
    good = token(ours.address(PHOTO))
    strange = lender(tmp_path / "other", clock, b"x" * 32).address(PHOTO)
    changed = [good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
               for place in range(0, len(good), 7)]  # fmt: skip
    for wrong in ("", "x", "%", "ü", good[:-4], good + "AAAA", token(strange), *changed):
        assert ours.read(wrong) is None, wrong

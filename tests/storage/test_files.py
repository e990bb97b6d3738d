"""The vault keeps what it was given, and nobody else can read or move it."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.files import Keys, Missing, Occupied, Stored, Tampered, Vault, key_name

ID, OFFICE = "upload-0001", "purwokerto-utara"
NIK = b"3302271708900003"
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
HASH = "c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "files", Keys((OLD,)))


def blob_of(vault: Vault, file_id: str = ID) -> Path:
    return next(vault._folder.glob(f"*/{file_id}"))


def text(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


# ── what goes in comes out ──────────────────────────────────────────────────────────────────────


def test_a_file_comes_back_as_it_was_put(vault: Vault) -> None:
    assert vault.put(ID, OFFICE, b"Hello world!") == Stored(HASH, 12)
    assert vault.get(ID, OFFICE) == b"Hello world!"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.binary(max_size=5000),
    file_id=st.from_regex(r"[A-Za-z0-9_-]{8,64}", fullmatch=True),
    office_id=st.text(max_size=20),
)
def test_any_bytes_under_any_id_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, file_id: str, office_id: str
) -> None:
    vault = Vault(tmp_path_factory.mktemp("vault"), Keys((OLD,)))
    stored = vault.put(file_id, office_id, data)
    assert vault.get(file_id, office_id) == data
    assert stored.size == len(data)


def test_the_same_again_changes_nothing(vault: Vault) -> None:
    first = vault.put(ID, OFFICE, NIK)
    before = blob_of(vault).read_bytes()
    assert vault.put(ID, OFFICE, NIK) == first
    assert blob_of(vault).read_bytes() == before


def test_other_content_under_the_same_id_is_refused(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    with pytest.raises(Occupied):
        vault.put(ID, OFFICE, b"other")
    assert vault.get(ID, OFFICE) == NIK


def test_another_office_cannot_take_an_id_that_is_used(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    with pytest.raises(Tampered):
        vault.put(ID, "sokaraja", NIK)


def test_a_deleted_file_is_gone_and_deleting_twice_is_no_error(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    vault.delete(ID)
    vault.delete(ID)
    with pytest.raises(Missing):
        vault.get(ID, OFFICE)
    assert not [path for path in vault._folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "file_id", ["", "short", "../../etc/passwd", "a" * 65, "with/slash", "with.dots", "null\0null"]
)
def test_an_id_that_could_leave_the_folder_is_refused(vault: Vault, file_id: str) -> None:
    for use in (lambda: vault.put(file_id, OFFICE, b""), lambda: vault.get(file_id, OFFICE)):
        with pytest.raises(ValueError, match="file id"):
            use()
    with pytest.raises(ValueError, match="file id"):
        vault.delete(file_id + "\n")


# ── nobody else can read or move it ─────────────────────────────────────────────────────────────


def test_a_planted_nik_is_not_on_the_disk(vault: Vault, tmp_path: Path) -> None:
    vault.put(ID, OFFICE, b"NIK " + NIK * 100)
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert everything
    assert not any(NIK in path.read_bytes() for path in everything)


def test_the_same_content_twice_looks_different(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    vault.put("upload-0002", OFFICE, NIK)
    one, two = (blob_of(vault, name).read_bytes() for name in (ID, "upload-0002"))
    assert one[13:] != two[13:]


def test_swapped_blobs_do_not_open(vault: Vault) -> None:
    vault.put(ID, OFFICE, b"mine")
    vault.put("upload-0002", OFFICE, b"yours")
    mine, yours = blob_of(vault), blob_of(vault, "upload-0002")
    a, b = mine.read_bytes(), yours.read_bytes()
    mine.write_bytes(b)
    yours.write_bytes(a)
    for file_id in (ID, "upload-0002"):
        with pytest.raises(Tampered):
            vault.get(file_id, OFFICE)


def test_a_file_does_not_open_for_another_office(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    with pytest.raises(Tampered):
        vault.get(ID, "sokaraja")


def test_one_flipped_bit_is_found_wherever_it_is(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK * 20)
    path = blob_of(vault)
    good = path.read_bytes()
    for at in (*range(70), *range(70, len(good), 16), len(good) - 1):
        bad = bytearray(good)
        bad[at] ^= 1 << at % 8
        path.write_bytes(bad)
        with pytest.raises(Tampered):
            vault.get(ID, OFFICE)
    path.write_bytes(good)
    assert vault.get(ID, OFFICE) == NIK * 20


def test_a_blob_cut_short_or_grown_does_not_open(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    good = blob_of(vault).read_bytes()
    for bad in (*(good[:size] for size in range(len(good))), good + b"\0"):
        blob_of(vault).write_bytes(bad)
        with pytest.raises(Tampered):
            vault.get(ID, OFFICE)


def test_only_the_owner_may_look(vault: Vault) -> None:
    before = os.umask(0)
    try:
        vault.put(ID, OFFICE, NIK)
    finally:
        os.umask(before)
    assert blob_of(vault).stat().st_mode & 0o777 == 0o600
    assert blob_of(vault).parent.stat().st_mode & 0o777 == 0o700
    assert vault._folder.stat().st_mode & 0o777 == 0o700


# ── the master key changes ──────────────────────────────────────────────────────────────────────


def test_after_rotation_old_files_open_with_the_older_key(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    assert Vault(vault._folder, Keys((NEW, OLD))).get(ID, OFFICE) == NIK
    with pytest.raises(Tampered, match="master key"):
        Vault(vault._folder, Keys((NEW,))).get(ID, OFFICE)


def test_a_rewrapped_file_no_longer_needs_the_older_key(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    before = blob_of(vault).read_bytes()
    both = Vault(vault._folder, Keys((NEW, OLD)))
    assert both.rewrap(ID, OFFICE) is True
    assert both.rewrap(ID, OFFICE) is False
    after = blob_of(vault).read_bytes()
    assert after[53:] == before[53:], "the content was not touched"
    assert after[5:13] == key_name(NEW)
    assert Vault(vault._folder, Keys((NEW,))).get(ID, OFFICE) == NIK
    with pytest.raises(Tampered):
        vault.get(ID, OFFICE)


def test_a_damaged_file_is_not_rewrapped(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    bad = bytearray(blob_of(vault).read_bytes())
    bad[-1] ^= 1
    blob_of(vault).write_bytes(bad)
    with pytest.raises(Tampered):
        Vault(vault._folder, Keys((NEW, OLD))).rewrap(ID, OFFICE)
    assert blob_of(vault).read_bytes() == bad


# ── the power goes ──────────────────────────────────────────────────────────────────────────────

PUT = """
from pathlib import Path
from storage.files import Keys, Vault
vault = Vault(Path({folder!r}), Keys((bytes(range(32)),)))
vault.put({file_id!r}, {office_id!r}, {data!r})
"""
FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))"


def put_elsewhere(vault: Vault, *, fault: str = "", before: str = "") -> int:
    """Another process puts the file, and is killed at that moment."""
    put = PUT.format(folder=str(vault._folder), file_id=ID, office_id=OFFICE, data=NIK)
    env = os.environ | {"LOKET_FAULT": fault, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", before + put]
    return subprocess.run(command, env=env, check=False, capture_output=True).returncode


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_cut_before_the_rename_there_is_no_file_and_nothing_to_read(vault: Vault) -> None:
    assert put_elsewhere(vault, fault="vault.temporary") == -signal.SIGKILL
    with pytest.raises(Missing):
        vault.get(ID, OFFICE)
    (draft,) = files_in(vault._folder)
    assert NIK not in draft.read_bytes()
    assert draft.stat().st_mode & 0o777 == 0o600
    vault.put(ID, OFFICE, NIK)
    assert vault.sweep(lambda _: True, grace=0) == []
    assert files_in(vault._folder) == [blob_of(vault)]


def test_cut_after_the_rename_the_file_is_whole(vault: Vault) -> None:
    assert put_elsewhere(vault, fault="vault.renamed") == -signal.SIGKILL
    assert vault.get(ID, OFFICE) == NIK
    assert vault.put(ID, OFFICE, NIK).size == len(NIK)
    vault.sweep(lambda _: True, grace=0)
    assert vault.get(ID, OFFICE) == NIK
    assert files_in(vault._folder) == [blob_of(vault)]


def test_a_put_that_fails_leaves_nothing_behind(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    with pytest.raises(Occupied):
        vault.put(ID, OFFICE, b"other")
    assert files_in(vault._folder) == [blob_of(vault)]


def test_when_the_disk_is_full_there_is_an_error_and_no_file(vault: Vault) -> None:
    assert put_elsewhere(vault, before=FULL) == 1
    assert files_in(vault._folder) == []


def test_sweeping_names_the_files_nobody_knows_and_removes_none_of_them(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    vault.put("upload-0002", OFFICE, NIK)
    assert vault.sweep(lambda file_id: file_id == ID, grace=0) == ["upload-0002"]
    assert vault.get("upload-0002", OFFICE) == NIK


def test_sweeping_spares_what_is_still_being_written(vault: Vault) -> None:
    vault.put(ID, OFFICE, NIK)
    draft = blob_of(vault).with_name(f".{ID}.0123456789abcdef")
    draft.write_bytes(b"half")
    assert vault.sweep(lambda _: False) == []
    assert draft.exists()
    os.utime(draft, (time.time() - 7200,) * 2)
    assert vault.sweep(lambda _: False) == []
    assert not draft.exists()


# ── where the master key comes from ─────────────────────────────────────────────────────────────


def test_keys_are_read_from_text_with_the_current_one_first() -> None:
    keys = Keys.from_text(f" {text(NEW)} , {text(OLD)}\n")
    assert keys.current == NEW
    assert keys.find(key_name(OLD)) == OLD
    assert keys.find(b"unknown!") is None
    assert Keys.from_text(base64.urlsafe_b64encode(b"\xff" * 32).decode()).current == b"\xff" * 32


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "key 1 has 0 bytes"),
        ("not base64!", "key 1 is not base64"),
        ("ключ", "key 1 is not base64"),
        (text(b"too short"), "key 1 has 9 bytes; it must have 32"),
        (f"{text(NEW)},{text(b'x' * 33)}", "key 2 has 33 bytes"),
        (f"{text(NEW)},{text(NEW)}", "given twice"),
    ],
)
def test_a_malformed_key_is_a_plain_complaint(words: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Keys.from_text(words)


def test_no_message_shows_a_key() -> None:
    secret = text(NEW)[:-5] + "!!!!!"
    with pytest.raises(ValueError, match="not base64") as caught:
        Keys.from_text(secret)
    assert secret not in str(caught.value)
    assert caught.value.__suppress_context__
    assert "ring" not in repr(Keys((NEW,)))


def test_a_missing_key_file_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret" / "files.key"
    made = Keys.from_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Keys.from_file(path) == made
    assert len(made.current) == 32
    assert list(path.parent.iterdir()) == [path]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "files.key"
    path.write_text(text(NEW))
    path.chmod(0o640)
    with pytest.raises(ValueError, match="chmod 600"):
        Keys.from_file(path)


def test_an_empty_or_binary_key_file_is_a_plain_complaint(tmp_path: Path) -> None:
    path = tmp_path / "files.key"
    for content in (b"", b"\xff\xfe" * 20):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(ValueError, match="master key 1"):
            Keys.from_file(path)


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "files.key"
    assert Keys.open(text(NEW), path, tmp_path).current == NEW
    assert not path.exists()


@pytest.mark.parametrize(
    "inside", [lambda data: data / "files.key", lambda data: data / "x" / ".." / "y" / "files.key"]
)
def test_a_key_inside_the_data_is_refused(tmp_path: Path, inside: Callable[[Path], Path]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises(ValueError, match="inside the data folder"):
        Keys.open("", inside(data), data)
    assert Keys.open("", tmp_path / "files.key", data).current


def test_a_link_that_leads_into_the_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "elsewhere").symlink_to(data)
    with pytest.raises(ValueError, match="inside the data folder"):
        Keys.open("", tmp_path / "elsewhere" / "files.key", data)

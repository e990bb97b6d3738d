"""The vault: files of citizens, encrypted on disk.

Every file has a key of its own, wrapped by a master key that lives elsewhere; the seal names the
office and the file, so a blob moved to another place does not open.  A file is there entirely or
not at all, whatever moment the power goes.  Knows nothing of tickets, pictures or who may look.
"""

import base64
import binascii
import os
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from storage.faults import point

FORMAT = b"LOKT\x01"  # then: master key id 8, wrapped key 40, nonce 12, content, tag 16
IDENTITY = re.compile(r"[A-Za-z0-9_-]{8,64}")
RAW = "raw-"
"""With this begin the names of uploads as they came: they wait until they have been examined."""


class Missing(Exception):
    """No such file in the vault."""


class Tampered(Exception):
    """The bytes are not the ones we sealed, not in this place, or not with a key we hold."""


class Occupied(Exception):
    """The id is taken by other content; nothing was written."""


@dataclass(frozen=True)
class Stored:
    sha256: str  # of the content, in hex
    size: int


@dataclass(frozen=True)
class Keys:
    """Master keys: the first one seals, all of them open."""

    ring: tuple[bytes, ...] = field(repr=False)

    @property
    def current(self) -> bytes:
        return self.ring[0]

    def find(self, key_id: bytes) -> bytes | None:
        return next((key for key in self.ring if key_name(key) == key_id), None)

    @classmethod
    def open(cls, env_value: str, path: Path, data_folder: Path) -> "Keys":
        """From the environment if it is set there, else from a file outside the data."""
        if env_value.strip():
            return cls.from_text(env_value)
        if path.resolve().is_relative_to(data_folder.resolve()):
            raise ValueError(
                f"the master key {path} lies inside the data folder {data_folder}: "
                "whoever takes a copy of the data would take its key along"
            )
        return cls.from_file(path)

    @classmethod
    def from_text(cls, text: str) -> "Keys":
        """'base64key[,older key...]', each of 32 bytes."""
        words = re.split(r"[\s,]+", text.strip(" \t\r\n,"))
        keys = [_decoded(word, number) for number, word in enumerate(words, 1)]
        if len(set(keys)) < len(keys):
            raise ValueError("the same master key is given twice")
        return cls(tuple(keys))

    @classmethod
    def from_file(cls, path: Path) -> "Keys":
        """Reads the key file; makes one with a new key when there is none."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process was quicker: its key counts
                _write(path, base64.b64encode(secrets.token_bytes(32)) + b"\n", anew=True)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise ValueError(f"others can read the master key {path}: chmod 600 it")
        return cls.from_text(path.read_text("ascii", "replace"))


def key_name(key: bytes) -> bytes:
    """What a blob says of the master key that sealed it."""
    return sha256(key).digest()[:8]


def _decoded(word: str, number: int) -> bytes:
    try:
        key = base64.b64decode(word.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"master key {number} is not base64") from None  # without showing it
    if len(key) != 32:
        raise ValueError(f"master key {number} has {len(key)} bytes; it must have 32")
    return key


class Vault:
    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._keys = keys
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, file_id: str, office_id: str, data: bytes) -> Stored:
        """Once it returns the file is on the disk; the same again changes nothing."""
        path, blob = self._path(file_id), self._sealed(file_id, office_id, data)
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _sync(self._folder)
        try:
            _write(path, blob, anew=True)
        except FileExistsError:
            if self.get(file_id, office_id) != data:
                raise Occupied(file_id) from None
        return Stored(sha256(data).hexdigest(), len(data))

    def get(self, file_id: str, office_id: str) -> bytes:
        return self._opened(file_id, office_id)[0]

    def seal(self, name: str, office_id: str, data: bytes) -> str:
        """A few secret bytes as text that a row may hold: it opens under this name only."""
        return base64.b64encode(self._sealed(name, office_id, data)).decode()

    def unseal(self, name: str, office_id: str, text: str) -> bytes:
        return self._unsealed(name, office_id, base64.b64decode(text))[0]

    def delete(self, file_id: str) -> None:
        """Gone for good; a file that is not there is no error."""
        path = self._path(file_id)
        if path.exists():
            path.unlink(missing_ok=True)
            _sync(path.parent)

    def rewrap(self, file_id: str, office_id: str) -> bool:
        """Puts a file of an older master key under the current one; its content stays as it is."""
        _, key, blob = self._opened(file_id, office_id)
        header = self._header(key)
        if blob.startswith(header):
            return False
        _write(self._path(file_id), header + blob[len(header) :], anew=False)
        return True

    def sweep(self, known: Callable[[str], bool], *, grace: float = 3600) -> list[str]:
        """Removes what interrupted writers left behind; names the files nobody knows.

        What is younger than `grace` seconds is left alone: its row may be about to commit.
        """
        unknown = []
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            try:
                young = time.time() - path.stat().st_mtime < grace
            except FileNotFoundError:
                continue
            if young:
                continue
            if path.name.startswith("."):
                path.unlink(missing_ok=True)
            elif IDENTITY.fullmatch(path.name) and not known(path.name):
                unknown.append(path.name)
        return unknown

    def _path(self, file_id: str) -> Path:
        if not IDENTITY.fullmatch(file_id):
            raise ValueError("a file id has 8 to 64 letters, digits, - or _")
        return self._folder / sha256(file_id.encode()).hexdigest()[:2] / file_id

    def _header(self, key: bytes) -> bytes:
        master = self._keys.current
        return FORMAT + key_name(master) + aes_key_wrap(master, key)

    def _sealed(self, name: str, office_id: str, data: bytes) -> bytes:
        key, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
        content = AESGCM(key).encrypt(nonce, data, _place(name, office_id))
        return self._header(key) + nonce + content

    def _opened(self, file_id: str, office_id: str) -> tuple[bytes, bytes, bytes]:
        """Content, its key, and the blob it came in."""
        try:
            blob = self._path(file_id).read_bytes()
        except FileNotFoundError:
            raise Missing(file_id) from None
        return *self._unsealed(file_id, office_id, blob), blob

    def _unsealed(self, name: str, office_id: str, blob: bytes) -> tuple[bytes, bytes]:
        master = self._keys.find(blob[5:13])
        if not blob.startswith(FORMAT) or master is None:
            raise Tampered(f"{name}: not sealed with one of our master keys")
        try:
            key = aes_key_unwrap(master, blob[13:53])
            content = AESGCM(key).decrypt(blob[53:65], blob[65:], _place(name, office_id))
        except (InvalidUnwrap, InvalidTag, ValueError) as error:
            raise Tampered(name) from error
        return content, key


def _place(file_id: str, office_id: str) -> bytes:
    """What the seal is bound to."""
    return b"\0".join((FORMAT, file_id.encode(), office_id.encode()))


def _write(path: Path, data: bytes, *, anew: bool) -> None:
    """All of it or nothing; `anew` fails when the name is taken, otherwise it is replaced."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        point("vault.temporary")
        if anew:
            path.hardlink_to(draft)  # a rename would silently replace
        else:
            draft.replace(path)
        point("vault.renamed")
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """A name is safe only when its folder is."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Pictures and files as Telegram passes them on.

A photo always arrives as a JPEG of at most 1280 pixels with smaller sizes beside it; a file sent
as a document arrives untouched.  Knows no chats.
"""

import io
import itertools
import mimetypes
from collections.abc import Callable
from functools import lru_cache, partial

from PIL import Image, ImageDraw, ImageOps

from fakes.telegram_errors import Json, bad_request
from fakes.telegram_model import StoredFile

LONGEST_SIDE = 1280
SMALLER_SIDES = (90, 320, 800)
MOST_PHOTO_BYTES = 10 * 1024 * 1024


def picture(label: str = "", size: tuple[int, int] = (640, 480), kind: str = "JPEG") -> bytes:
    """A small real picture for tests; another label makes another picture."""
    canvas = Image.new("RGB", size, "white")
    ImageDraw.Draw(canvas).text((size[0] / 8, size[1] / 3), label or "CONTOH", fill="black")
    return _saved(canvas, kind)


@lru_cache(maxsize=64)
def as_photo(content: bytes) -> tuple[bytes, int, int]:
    """What a phone's Telegram sends of a picture: JPEG bytes, width, height.

    A JPEG that is small enough and carries no EXIF passes unchanged, so tests can compare bytes.
    """
    try:
        with Image.open(io.BytesIO(content)) as found:
            plain = found.format == "JPEG" and max(found.size) <= LONGEST_SIDE
            if plain and not found.getexif():
                return content, *found.size
            turned = ImageOps.exif_transpose(found).convert("RGB")
    except OSError as error:  # unknown or cut short
        raise ValueError("Telegram sends only pictures as photos; use sends_document") from error
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _saved(turned, "JPEG"), *turned.size


def check_upload(content: bytes) -> None:
    """Refuse what the platform refuses of a bot that sends a photo."""
    if len(content) > MOST_PHOTO_BYTES:
        raise bad_request(
            f"file of size {len(content)} bytes is too big for a photo; "
            f"the maximum size is {MOST_PHOTO_BYTES} bytes"
        )
    try:
        with Image.open(io.BytesIO(content)) as found:
            width, height = found.size
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        as_photo(content)
    except (OSError, ValueError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None


def _shrunk(content: bytes, side: int) -> bytes:
    with Image.open(io.BytesIO(content)) as found:
        small = found.convert("RGB")
    small.thumbnail((side, side))
    return _saved(small, "JPEG")


def _saved(image: Image.Image, kind: str) -> bytes:
    with io.BytesIO() as target:
        image.save(target, kind)
        return target.getvalue()


class Shelf:
    """All files Telegram keeps for this bot."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def find(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def keep(
        self, folder: str, suffix: str, content: Callable[[], bytes] | bytes, size: int
    ) -> StoredFile:
        """Store a file; content may be made only when it is fetched."""
        number = next(self._numbers)
        made = content if callable(content) else partial(bytes, content)
        letter = {"photos": "A", "documents": "B", "voice": "C"}.get(folder, "D")
        stored = StoredFile(
            file_id=f"{letter}gACAgUAAxkBAAI{number:x}".ljust(72, "x") + f"{number:08x}AQADNgQ",
            unique_id=f"AQAD{number:08x}{letter}c3I",
            path=f"{folder}/file_{number}{suffix}",
            size=size,
            content=made,
        )
        self._by_id[stored.file_id] = self._by_path[stored.path] = stored
        return stored

    def keep_photo(self, content: bytes) -> list[Json]:
        """The sizes of one photo, smallest first, as a message lists them."""
        jpeg, width, height = as_photo(content)
        sizes = []
        for side in (*SMALLER_SIDES, max(width, height)):
            share = min(1.0, side / max(width, height))
            whole = share == 1.0
            stored = self.keep(
                "photos",
                ".jpg",
                jpeg if whole else partial(_shrunk, jpeg, side),
                len(jpeg) if whole else max(1, int(len(jpeg) * share * share)),
            )
            shape = {"width": round(width * share), "height": round(height * share)}
            sizes.append(stored.as_json() | shape)
            if whole:
                break
        return sizes

    def keep_document(self, content: bytes, name: str, mime: str, size: int | None) -> Json:
        """A document as a message describes it; `size` may lie to avoid large test files."""
        suffix = f".{name.rsplit('.', 1)[1]}" if "." in name else ""
        stored = self.keep("documents", suffix, content, len(content) if size is None else size)
        kind = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return stored.as_json() | {"file_name": name, "mime_type": kind}

"""One multipart form with one file, read from the network straight into memory.

Nothing is written to disk on the way: what comes here are photos of identity cards.  A form
that is too large is refused, as is more than the program wants to hold at once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD = 64 * 1024
"""Most bytes of all other fields together."""
DISCARDED = 4
"""How many times the limit is still read and dropped, so that the answer can be heard."""


class Unreadable(Exception):
    """Not a form with one file."""


class TooBig(Exception):
    """The file is larger than allowed."""


class Crowded(Exception):
    """Too much is being uploaded at this moment."""


class Room:
    """How many bytes of uploads may be in memory at once."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Raises Crowded."""
        if size > self._left:
            raise Crowded
        self._left -= size

    def give_back(self, size: int) -> None:
        self._left += size


@dataclass(slots=True)
class Form:
    """What was read: plain fields by name, and the file; `lists` has all of a name's values."""

    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    data: bytes | None = None
    lists: dict[str, list[str]] = field(default_factory=dict, compare=False)


class Upload:
    """Reads one form.  Use as a context: the memory counts until the end of the block."""

    def __init__(self, content_type: str, most: int, room: Room, fields: int = 10) -> None:
        """most: bytes of the file; fields: how many others are read."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise Unreadable("no multipart form")
        self._most = most
        self._room = room
        self._held = 0
        self._parts = _Parts(most, fields)
        try:
            self._parser = MultipartParser(boundary, self._parts.callbacks())
        except FormParserError as error:
            raise Unreadable("a boundary too long") from error

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, *_: object) -> None:
        self._room.give_back(self._held)

    async def read(self, stream: AsyncIterator[bytes]) -> Form:
        """The form.  Raises Unreadable, TooBig, Crowded."""
        seen = 0
        async for chunk in stream:
            seen += len(chunk)
            if seen > self._most + FIELD:
                self._parts.drop()
                if seen > self._most * DISCARDED:
                    break
                continue
            self._room.take(len(chunk))
            self._held += len(chunk)
            try:
                self._parser.write(chunk)
            except (FormParserError, UnicodeDecodeError) as error:
                raise Unreadable("a broken form") from error
        if seen > self._most + FIELD or self._parts.too_big:
            raise TooBig
        return self._parts.form()


class _Parts:
    """The parts of a form as the parser comes upon them."""

    def __init__(self, most: int, fields: int) -> None:
        self.too_big = False
        self._most = most
        self._most_fields = fields
        self._fields: list[tuple[str, bytearray]] = []
        self._file: bytearray | None = None
        self._file_name = ""
        self._into: bytearray | None = None
        self._most_here = FIELD
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._complete = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._choose,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def drop(self) -> None:
        """Too large: let go of what there is."""
        self._file, self._into = None, None
        self._fields.clear()

    def form(self) -> Form:
        if not self._complete or self._file is None:
            raise Unreadable("the form is cut off, or has no file")
        lists: dict[str, list[str]] = {}
        for name, value in self._fields:
            lists.setdefault(name, []).append(value.decode("utf-8", "replace"))
        fields = {name: values[-1] for name, values in lists.items()}
        return Form(fields, self._file_name, bytes(self._file), lists)

    def _begin(self) -> None:
        self._disposition, self._header, self._value, self._into = b"", b"", b"", None

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _choose(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options and self._file is None:
            self._file_name = options[b"filename"].decode("utf-8", "replace")
            self._file = self._into = bytearray()
            self._most_here = self._most
        elif len(self._fields) < self._most_fields:
            self._into = bytearray()
            self._fields.append((name, self._into))
            self._most_here = FIELD

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._into is None:
            return
        if len(self._into) + end - start > self._most_here:
            self.too_big, self._into = True, None
            return
        self._into += data[start:end]

    def _end(self) -> None:
        self._complete = True

"""A short video for a broadcast, looked at by its bytes: MP4 with H.264 and AAC.

Walks the boxes of the file (ISO/IEC 14496-12) and decodes no picture.  What a camera wrote down
beside the pictures, such as the place, is blanked; a film with a track that is neither picture
nor sound is refused.  All phones play these codecs, and WhatsApp takes no others:
https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bot.examined import Examined, Unfit, Unsuited

LONGEST = 180
"""Seconds."""
BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV")
PICTURE, SOUND = (b"avc1", b"avc3"), (b"mp4a",)
NOTES = (b"udta", b"meta", b"uuid")
"""Boxes for what is known about a film: title, maker, place."""
MOST_BOXES = 500
"""Looked at in one file; a phone writes some fifty."""


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def examine(data: bytes) -> Examined:
    """The same film without notes.  Raises Unfit, Unsuited."""
    try:
        return _examine(data)
    except (struct.error, IndexError, ZeroDivisionError):
        raise Unfit("broken") from None


def is_film(data: bytes) -> bool:
    """Whether it says of itself that it is one, of whatever kind."""
    return data[4:8] == b"ftyp" and data[8:12] not in (b"heic", b"heix", b"mif1", b"msf1")


def _examine(data: bytes) -> Examined:
    whole = bytearray(data)
    top = list(_boxes(data, 0, len(data)))
    named = {box.kind: box for box in top}
    if not top or top[0].kind != b"ftyp" or not {b"moov", b"mdat"} <= named.keys():
        raise Unfit("broken")
    first = data[top[0].body : top[0].end]
    brands = {first[:4], *(first[at : at + 4] for at in range(8, len(first), 4))}
    if not brands & set(BRANDS):
        raise Unsuited("film_kind")
    moov = list(_boxes(data, named[b"moov"].body, named[b"moov"].end))
    if _seconds(data, moov) > LONGEST:
        raise Unsuited("film_long")
    tracks = [box for box in moov if box.kind == b"trak"]
    sizes = [_track(data, track) for track in tracks]
    pictures = [size for size in sizes if size]
    if len(pictures) != 1 or len(sizes) > 2:
        raise Unsuited("film_kind")
    inner = [each for track in tracks for each in _boxes(data, track.body, track.end)]
    for box in (*top, *moov, *inner):
        if box.kind in NOTES:
            whole[box.start + 4 : box.end] = b"free" + bytes(box.end - box.start - 8)
    width, height = pictures[0] or (0, 0)
    return Examined("video", "video/mp4", bytes(whole), "good", width, height, pages=1)


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    for _ in range(MOST_BOXES):
        if start == end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        elif size == 0:
            size = end - start
        if size < body - start or start + size > end:
            raise Unfit("broken")
        yield _Box(kind, start, body, start + size)
        start += size
    raise Unfit("broken")


def _inside(data: bytes, box: _Box, *path: bytes) -> _Box:
    for kind in path:
        found = next((each for each in _boxes(data, box.body, box.end) if each.kind == kind), None)
        if found is None:
            raise Unfit("broken")
        box = found
    return box


def _seconds(data: bytes, moov: list[_Box]) -> float:
    head = next((box for box in moov if box.kind == b"mvhd"), None)
    if head is None:
        raise Unfit("broken")
    form, at = (">IQ", 20) if data[head.body] == 1 else (">II", 12)
    scale, duration = struct.unpack_from(form, data, head.body + at)
    seconds = duration / scale
    if not seconds:  # in pieces, as for a live stream: WhatsApp would not play it
        raise Unsuited("film_kind")
    return float(seconds)


def _track(data: bytes, track: _Box) -> tuple[int, int] | None:
    """Width and height of a track of pictures; None for sound.  Raises Unsuited for others."""
    media = _inside(data, track, b"mdia")
    handler = data[_inside(data, media, b"hdlr").body + 8 :][:4]
    entries = _inside(data, media, b"minf", b"stbl", b"stsd").body + 8
    codec = data[entries + 4 : entries + 8]
    if handler == b"vide" and codec in PICTURE:
        width, height = struct.unpack_from(">HH", data, entries + 32)
        return int(width), int(height)
    if handler == b"soun" and codec in SOUND:
        return None
    raise Unsuited("film_kind")

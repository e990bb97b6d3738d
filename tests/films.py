"""Short films for tests, box by box: small, and whole enough for whoever looks at their bytes."""

import struct


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def track(handler: bytes = b"vide", codec: bytes = b"avc1", notes: bytes = b"") -> bytes:
    """A track of pictures of 320 × 240, or of another kind."""
    entry = box(codec, bytes(24), struct.pack(">HH", 320, 240), bytes(50))
    described = box(b"stsd", bytes(4), struct.pack(">I", 1), entry)
    told = box(b"hdlr", bytes(8), handler, bytes(13))
    media = box(b"mdia", told, box(b"minf", box(b"stbl", described)))
    return box(b"trak", box(b"tkhd", bytes(84)), media, notes)


def film(
    seconds: float = 12,
    brand: bytes = b"isom",
    tracks: tuple[bytes, ...] = (),
    notes: bytes = b"",
    size: int = 2000,
) -> bytes:
    """A film; `size` bytes of pictures that nobody decodes here."""
    head = box(b"mvhd", bytes(12), struct.pack(">II", 1000, int(seconds * 1000)), bytes(80))
    both = tracks or (track(), track(b"soun", b"mp4a"))
    kinds = box(b"ftyp", brand, bytes(4), brand)
    return kinds + box(b"moov", head, *both, notes) + box(b"mdat", b"\x65" * size)

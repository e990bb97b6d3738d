"""What kind of sound a file is, judged by its bytes alone; nothing is decoded here."""

LARGEST = 16 << 20
"""Bytes; WhatsApp sends no larger sounds."""
SIGNS = (
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypmp42", "audio/mp4"),
    (0, b"#!AMR", "audio/amr"),
)
"""Where a sign stands, the sign, and what it says."""


def sound(data: bytes) -> str:
    """The media type of a voice note; empty when it is none that we know, or too large."""
    if len(data) > LARGEST:
        return ""
    return next((kind for at, sign, kind in SIGNS if data.startswith(sign, at)), "")

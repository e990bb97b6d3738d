"""The media types of files that citizens and officers send: what the examination lets in."""

ENDINGS = {
    "image/jpeg": "jpg",
    "application/pdf": "pdf",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/amr": "amr",
}
"""How the name of such a file ends, for those who open it."""


def ending(media_type: str) -> str:
    """The ending of a file of that type."""
    return ENDINGS.get(media_type, "bin")

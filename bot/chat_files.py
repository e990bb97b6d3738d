"""Files of the web chat as its page is given them: one's own photos small, the office's whole."""

import io
from typing import Any

from fastapi import Response

from storage.files import Vault

SMALL = 320
"""Pixels of the long side of a thumbnail."""
SENT = {"image/jpeg": "inline", "application/pdf": "attachment"}
"""The kinds that an officer may send; a PDF is handed over, never opened within the chat."""


def small(vault: Vault, file: str, office: str) -> bytes:
    """A stored photo as a thumbnail.  Raises storage.files.Missing."""
    from PIL import Image  # 10 MB that a chat without photos does without

    out = io.BytesIO()
    with Image.open(io.BytesIO(vault.get(file, office)), formats=["JPEG"]) as image:
        image.draft("RGB", (SMALL * 2, SMALL * 2))
        image.thumbnail((SMALL, SMALL))
        image.save(out, "JPEG", quality=80)
    return out.getvalue()


def whole(row: Any, data: bytes) -> Response:
    """What the office sent, as it was sent."""
    headers = {
        "content-disposition": f'{SENT[row.media_type]}; filename="{row.id[:8]}"',
        "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    return Response(data, media_type=row.media_type, headers=headers)

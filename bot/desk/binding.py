"""One PDF of a scan and the sheet that confirms it: a photo becomes a page of A4 before that."""

from io import BytesIO

from bot.examined import Examined

A4 = 11.69
"""Inches of its long side."""
QUALITY = 90


def bind(scan: Examined, sheet: bytes) -> bytes:
    """The scan's pages as they were examined, then those of the sheet."""
    import pikepdf  # not for a program in which nobody uploads one

    out = BytesIO()
    pages = scan.data if scan.kind == "pdf" else _page(scan.data)
    with (
        pikepdf.open(BytesIO(pages)) as bound,
        pikepdf.open(BytesIO(sheet)) as last,
    ):
        bound.pages.extend(last.pages)
        bound.save(out, deterministic_id=True)
    return out.getvalue()


def _page(photo: bytes) -> bytes:
    from PIL import Image

    out = BytesIO()
    with Image.open(BytesIO(photo)) as picture:
        picture.save(out, "PDF", resolution=max(picture.size) / A4, quality=QUALITY)
    return out.getvalue()

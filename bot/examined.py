"""What the examination of a file yields.  Without the libraries that it takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Examined:
    kind: str  # photo, pdf
    media_type: str
    data: bytes  # written anew
    verdict: str  # good, blurred, dark, bright, small; a PDF is always good
    width: int  # pixels; 0 for a PDF
    height: int
    pages: int


class Unfit(Exception):
    """We cannot take this file: empty, too_big, not_a_document, too_many_pixels, broken,
    pdf_locked, pdf_active (it shows nothing without its scripts or attachments), pdf_pages."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unsuited(Unfit):
    """We can open it and cannot send it to everybody: film_kind (some phones could not play it),
    film_long, too_narrow, too_big_photo, too_big_pdf, too_big_video."""

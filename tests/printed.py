"""Reading what was printed: the text of a PDF, its pages as pictures, the QR codes on them."""

from io import BytesIO

import pypdfium2
import zxingcpp
from PIL import Image


def pages(pdf: bytes, dpi: int = 203) -> list[Image.Image]:
    """The pages as a printer with so many dots an inch shows them."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]


def text(pdf: bytes) -> str:
    """All that can be read in a PDF, without the breaks between lines and inside long words."""
    document = pypdfium2.PdfDocument(pdf)
    found = [page.get_textpage().get_text_range() for page in document]
    return " ".join("".join(found).replace("\u200b", "").split())


def codes(picture: Image.Image) -> list[str]:
    """What a scanner reads in a picture."""
    return [each.text for each in zxingcpp.read_barcodes(picture)]


def opened(picture: bytes) -> Image.Image:
    """A picture from its bytes."""
    return Image.open(BytesIO(picture)).convert("L")

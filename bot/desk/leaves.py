"""The pages of a PDF as pictures, so that they are looked at like photos.

Typst draws them: it is here for letters anyway, and runs nothing that a PDF may contain.  The
page goes to it as text, a character a byte: nothing of a citizen's is written to the disk.
"""

from io import BytesIO

PPI = 130.0
"""Dots per inch; a page of A4 is then 1,075 by 1,520 pixels."""
SHEET = b"""#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(read("page.txt").codepoints().map(str.to-unicode)), format: "pdf")
"""


def count(data: bytes) -> int:
    """How many pages it has."""
    import pikepdf  # not for a program in which nobody looks at one

    with pikepdf.open(BytesIO(data)) as document:
        return len(document.pages)


def draw(data: bytes, page: int) -> bytes:
    """That page, counted from 1, as a PNG."""
    import pikepdf
    import typst

    alone = BytesIO()
    with pikepdf.open(BytesIO(data)) as document, pikepdf.new() as single:
        single.pages.append(document.pages[page - 1])
        single.save(alone)
    text = alone.getvalue().decode("latin-1").encode()
    files = {"main.typ": SHEET, "page.txt": text}
    drawn = typst.compile(files, format="png", ppi=PPI)  # type: ignore[call-overload]
    assert isinstance(drawn, bytes)
    return drawn

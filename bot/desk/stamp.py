"""Burns into a picture or PDF who looks at it and when, all over, so that no crop is without it.

Faint enough to read through, and part of the picture: a saved copy or a screenshot names its
viewer.  Knows nothing of offices or of who may look.
"""

import math
from io import BytesIO

import pikepdf
from PIL import Image, ImageDraw, ImageFont

LARGEST, SMALL = 2400, 1400
"""Pixels of the longer side that is served; the stored picture stays as it was."""
ANGLE = 28
"""Degrees; across the lines of a letter, so that neither hides the other."""
STRENGTH = 66
"""Of 255: how much of the mark shows."""
QUALITY = 85
TURNS = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}


def picture(data: bytes, mark: str, turn: int = 0, side: int = LARGEST) -> bytes:
    """A JPEG with the mark, turned clockwise by so many quarters, no side longer than `side`."""
    with Image.open(BytesIO(data)) as opened:
        opened.draft("RGB", (side, side))
        image = opened.convert("RGB")
    image.thumbnail((side, side), reducing_gap=2.0)
    if turn in TURNS:
        image = image.transpose(TURNS[turn])
    mask = _pattern(image.size, mark)
    shade = Image.new("RGB", image.size, (20, 20, 20))
    light = Image.new("RGB", image.size, (245, 245, 245))
    image.paste(light, (1, 1), mask)
    image.paste(shade, (0, 0), mask)
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _pattern(size: tuple[int, int], mark: str) -> Image.Image:
    """The mark again and again, aslant, as a mask of that size."""
    high = max(12, min(size) // 34)
    font = ImageFont.load_default(high)
    side = math.ceil(math.hypot(*size))
    field = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(field)
    step = math.ceil(draw.textlength(mark, font)) + 3 * high
    for line, top in enumerate(range(0, side, 5 * high)):
        for left in range(-(line % 2) * step // 2, side, step):
            draw.text((left, top), mark, STRENGTH, font)
    turned = field.rotate(ANGLE, Image.Resampling.BILINEAR)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return turned.crop((left, top, left + size[0], top + size[1]))


def pdf(data: bytes, mark: str) -> bytes:
    """A PDF whose every page carries the mark."""
    out = BytesIO()
    with pikepdf.open(BytesIO(data)) as document, pikepdf.new() as sheet:
        for page in document.pages:
            box = pikepdf.Rectangle(page.trimbox)
            page.add_overlay(_sheet(sheet, box, mark), box)
        document.save(out)
    return out.getvalue()


def _sheet(sheet: pikepdf.Pdf, box: pikepdf.Rectangle, mark: str) -> pikepdf.Page:
    """A page of the same size that holds nothing but the mark."""
    wide, high = float(box.width), float(box.height)
    size = max(8.0, min(wide, high) / 38)
    text = mark.encode("cp1252", "replace").hex()
    turn, rise = math.cos(math.radians(ANGLE)), math.sin(math.radians(ANGLE))
    lines = [
        f"{turn:.4f} {rise:.4f} {-rise:.4f} {turn:.4f} {across} {up} Tm <{text}> Tj"
        for up in range(-int(high), int(high), int(6 * size))
        for across in range(0, int(wide), max(1, int(len(mark) * size * 0.6)))
    ]
    page = sheet.add_blank_page(page_size=(wide, high))
    page.Contents = sheet.make_stream(
        f"/Faint gs BT /F {size:.1f} Tf {' '.join(lines)} ET".encode("ascii")
    )
    page.Resources = pikepdf.Dictionary(
        Font={"/F": {"/Type": pikepdf.Name.Font, "/Subtype": pikepdf.Name.Type1,
                     "/BaseFont": pikepdf.Name.Helvetica,
                     "/Encoding": pikepdf.Name.WinAnsiEncoding}},
        ExtGState={"/Faint": {"/ca": 0.3}},
    )  # fmt: skip
    return page

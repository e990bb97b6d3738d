"""What a citizen's file really is, made safe to keep.

Judges by the bytes alone, never by a name or a declared type.  What it accepts it writes anew, so
metadata, scripts and the second life of a polyglot end here; and it says whether a photo can be
read.  Knows nothing of channels, offices or storage; what to tell the citizen is not its business.
"""

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

import pikepdf
import pillow_heif
from pikepdf.settings import set_qpdf_limits
from PIL import Image, ImageFilter

from bot.examined import Examined, Unfit

__all__ = ["Examined", "Limits", "Unfit", "confine", "examine"]

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
set_qpdf_limits(  # for the whole process: how far a PDF may swell while we look at it
    flate_max_memory=32 << 20,
    run_length_max_memory=32 << 20,
    png_max_memory=32 << 20,
    tiff_max_memory=32 << 20,
    max_stream_filters=4,
)


@dataclass(frozen=True)
class Limits:
    max_bytes: int = 16 << 20
    max_pixels: int = 40_000_000
    max_pages: int = 30
    long_side: int = 3000


USUAL = Limits()


def confine(memory: int = 1 << 30) -> None:
    """Makes this process a cell for `examine`: whatever bursts in here ends as broken.

    For a worker process of its own (`ProcessPoolExecutor(1, initializer=confine)`), because the
    PDF library puts no bound on an LZW stream: 2 MB of it would become 4 GB of ours.  The largest
    photo we take needs 750 MB.
    """
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


SIGNS = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "WEBP": rb"RIFF....WEBP",
    "HEIF": rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)",
    "TIFF": rb"II\*\0|MM\0\*",
    "BMP": rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    "PDF": rb"%PDF-\d",
}


def examine(data: bytes, *, limits: Limits = USUAL) -> Examined:
    if not data:
        raise Unfit("empty")
    if len(data) > limits.max_bytes:
        raise Unfit("too_big")
    form = next((name for name, sign in SIGNS.items() if re.match(sign, data, re.DOTALL)), None)
    if form is None:
        raise Unfit("not_a_document")
    try:
        return _pdf(data, limits) if form == "PDF" else _photo(data, form, limits)
    except Unfit:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unfit("too_many_pixels") from error
    except pikepdf.PasswordError as error:
        raise Unfit("pdf_locked") from error
    except Exception as error:  # a parser given a bad file fails in every way there is
        raise Unfit("broken") from error


# ── photos ──────────────────────────────────────────────────────────────────────────────────────

TURNS = {  # EXIF orientation → what sets the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _photo(data: bytes, form: str, limits: Limits) -> Examined:
    if form == "JPEG":
        _refuse_endless_scans(data)
    with Image.open(io.BytesIO(data), formats=[form]) as picture:
        if picture.width * picture.height > limits.max_pixels:
            raise Unfit("too_many_pixels")
        plain = _plain(picture, limits.long_side)
        turn = _turn(picture)  # afterwards: a PNG may say it at its end
    if turn is not None:
        plain = plain.transpose(turn)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=88)
    return Examined("photo", "image/jpeg", out.getvalue(), _verdict(plain), *plain.size, pages=1)


def _turn(picture: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(picture.getexif().get(0x0112, 1))
    except Exception:  # a damaged note about the photo is no reason to refuse the photo
        return None


def _plain(picture: Image.Image, long_side: int) -> Image.Image:
    """The first frame, opaque, in eight-bit RGB, no larger than asked, without notes."""
    scale = min(1.0, long_side / max(picture.size))
    picture.draft(None, (int(picture.width * scale), int(picture.height * scale)))
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _eight_bit(picture)
    see_through = picture.has_transparency_data
    if see_through:
        picture = picture.convert("RGBA")
    elif picture.mode not in ("L", "RGB", "CMYK"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    picture.thumbnail((long_side, long_side))
    if see_through:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    plain = picture.convert("RGB")
    plain.info = {}
    return plain


def _eight_bit(picture: Image.Image) -> Image.Image:
    deep = picture.convert("F")
    high = cast("float", deep.getextrema()[1])
    top = next((top for top in (1, 255, 65535) if high <= top), high)
    return deep.point(lambda level: level * (255 / top) + 0).convert("L")


MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
SCAN, END = 0xDA, 0xD9
NOTES = {0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE}  # EXIF, XMP, comments; not JFIF, ICC and Adobe's


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    at = 2
    while found := MARKER.search(jpeg, at):
        start, body = found.span()
        at = body + int.from_bytes(jpeg[body : body + 2], "big")
        yield jpeg[start + 1], start, at
        if jpeg[start + 1] == END:
            return


def _refuse_endless_scans(jpeg: bytes) -> None:
    """A progressive JPEG can ask for its forty million pixels to be walked 100,000 times."""
    codes = [code for code, _, _ in islice(_segments(jpeg), 4000)]
    if len(codes) == 4000 or codes.count(SCAN) > 64:
        raise Unfit("broken")


# ── can it be read? ─────────────────────────────────────────────────────────────────────────────
# Bounds found on the pictures that tests/pictures.py draws; test_examine.py keeps them apart.

SMALL = 480  # pixels on the short side
DARK = 64  # the light parts (95th percentile of grey) are darker than this
FADED = 55  # the strongest contrast between ink and paper, when the light parts are white
SHARP = 0.18  # how abruptly ink turns into paper: 0.6 in focus, below 0.1 when letters run together
TILE = 100  # of a picture 1000 pixels long: the best few tiles speak for it, so a blank table or
# a nearly empty sheet around a line of text does not count against it

CURVES = [  # second derivative along four directions: a shaking hand blurs only one of them
    ImageFilter.Kernel((3, 3), kernel, scale=scale, offset=128)
    for kernel, scale in (
        ((0, 0, 0, -1, 2, -1, 0, 0, 0), 2),
        ((0, -1, 0, 0, 2, 0, 0, -1, 0), 2),
        ((-1, 0, 0, 0, 2, 0, 0, 0, -1), 4),
        ((0, 0, -1, 0, 2, 0, -1, 0, 0), 4),
    )
]


def _verdict(picture: Image.Image) -> str:
    if min(picture.size) < SMALL:
        return "small"
    grey = picture.convert("L")
    grey.thumbnail((1000, 1000), Image.Resampling.BILINEAR)
    light = _level(grey.histogram(), 0.95)
    if light < DARK:
        return "dark"
    tops, lefts = (range(1, side - TILE, TILE) for side in (grey.height, grey.width))
    boxes = [(x, y, x + TILE, y + TILE) for y in tops for x in lefts]
    spans = [_span(grey.crop(box).histogram()) for box in boxes]
    if light >= 245 and sorted(spans)[-3:][0] < FADED:
        return "bright"
    return "good" if _sharpness(grey, boxes, spans) >= SHARP else "blurred"


def _sharpness(
    grey: Image.Image, boxes: list[tuple[int, int, int, int]], spans: list[int]
) -> float:
    """The sharpest bends of grey, less the noise, as a share of the contrast; worst direction."""
    found = []
    for curve in CURVES:
        bent = grey.filter(curve)
        bends = [_bend(bent.crop(box).histogram()) for box in boxes]
        noise = min(24, sorted(bends)[len(bends) // 10])
        shares = [(b - noise) / span for b, span in zip(bends, spans, strict=True) if span >= 40]
        found.append(sum(sorted(shares)[-3:]) / 3)
    return min(found)


def _level(histogram: list[int], share: float) -> int:
    """The level below which this share of the pixels lies."""
    wanted, seen = share * sum(histogram), 0
    for level, count in enumerate(histogram):
        seen += count
        if seen >= wanted:
            return level
    return len(histogram) - 1


def _span(histogram: list[int]) -> int:
    return _level(histogram, 0.99) - _level(histogram, 0.01)


def _bend(histogram: list[int]) -> int:
    """How strongly all but 0.3 % of the pixels differ, at most, from their neighbours."""
    folded = [histogram[128], *(histogram[128 - d] + histogram[128 + d] for d in range(1, 128))]
    return 2 * _level(folded, 0.997)


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────

PAGE = {
    "/Type",
    "/Contents",
    "/Resources",
    "/MediaBox",
    "/CropBox",
    "/Rotate",
    "/UserUnit",
    "/Group",
}
MOST_NOTES = 2000  # annotations; drawing them takes time that grows with their square
BAGGAGE = ("/Metadata", "/PieceInfo", "/AF", "/OPI", "/Ref", "/Alternates", "/F", "/LastModified")


def _pdf(data: bytes, limits: Limits) -> Examined:
    """Only what pages show is carried over into a new file; all else is left behind."""
    ours = data[: data.rfind(b"%%EOF") + 5]
    _refuse_many_pages(ours, limits.max_pages)
    with pikepdf.open(io.BytesIO(ours), attempt_recovery=False) as old, pikepdf.new() as new:
        if "/Collection" in old.Root or old.Root.get("/NeedsRendering", False):
            raise Unfit("pdf_active")
        notes = sum(len(page.obj.get("/Annots", ())) for page in old.pages)
        if notes > MOST_NOTES:
            raise Unfit("pdf_active")
        if notes:  # what was filled into a form becomes part of the page
            old.generate_appearance_streams()
            old.flatten_annotations("screen")
        for page in old.pages:
            for key in set(page.obj.keys()) - PAGE:
                del page.obj[key]
        new.pages.extend(old.pages)
        for item in new.objects:
            if isinstance(item, pikepdf.Stream):
                _unpack(item, limits)
        out = io.BytesIO()
        new.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, deterministic_id=True)
        return Examined("pdf", "application/pdf", out.getvalue(), "good", 0, 0, len(new.pages))


def _refuse_many_pages(data: bytes, most: int) -> None:
    """Walks the page tree by hand: the library would first gather millions of them in memory."""
    with pikepdf.open(
        io.BytesIO(data), attempt_recovery=False, inherit_page_attributes=False
    ) as document:
        pages, waiting = 0, [document.Root.Pages]
        for _ in range(10 * most):
            if not waiting:
                break
            kids = waiting.pop().get("/Kids")
            if kids is None:
                pages += 1
            elif pages + len(waiting) + len(kids) > most:
                raise Unfit("pdf_pages")
            else:
                waiting.extend(kids)
        if waiting or not pages:
            raise Unfit("broken")


def _unpack(stream: pikepdf.Stream, limits: Limits) -> None:
    """Takes the notes off a stream: where a photo inside was taken, which program made it."""
    for key in BAGGAGE:
        if key in stream:
            del stream[key]
    if stream.get("/Subtype") != "/Image":
        return
    if int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) > limits.max_pixels:
        raise Unfit("too_many_pixels")
    filters, parms = _listed(stream, "/Filter"), _listed(stream, "/DecodeParms")
    if filters and filters[-1] == "/DCTDecode":
        stream["/Filter"] = pikepdf.Array(filters[:-1])
        stream["/DecodeParms"] = pikepdf.Array(parms[: len(filters) - 1])
        last = cast("pikepdf.Dictionary", parms[-1]) if len(parms) == len(filters) else None
        jpeg = _without_notes(stream.read_bytes())
        stream.write(jpeg, filter=pikepdf.Name.DCTDecode, decode_parms=last)


def _listed(stream: pikepdf.Stream, key: str) -> list[pikepdf.Object]:
    value = stream.get(key)
    return list(value) if isinstance(value, pikepdf.Array) else [value] if value is not None else []


def _without_notes(jpeg: bytes) -> bytes:
    """The same picture to the last bit, without EXIF, comments or anything after its end."""
    kept: list[bytes] = []
    at = 0
    for code, start, end in _segments(jpeg):
        if code == END:
            return b"".join(kept) + jpeg[at : start + 2]
        if code in NOTES:
            kept.append(jpeg[at:start])
            at = end
    return b"".join(kept) + jpeg[at:]

"""Photos of documents, made up: a card on a table, a letter, a scan, a portrait.

Draws what a citizen would send, then what goes wrong with it: blur, a shaking hand, darkness,
too much light, few pixels.  Everyone in it is invented and every document bears CONTOH (specimen);
the same seed gives the same picture.  Blur and shake are measured in thousandths of the long side,
so they mean the same at any size.  `python tests/pictures.py FOLDER` writes a sample set.
"""

import io
import math
import random
import sys
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Size = tuple[int, int]
CHAT = (1280, 960)  # what Telegram leaves of a photo
PHONE = (4000, 3000)  # twelve megapixels, sent as a file

KTP = [
    ("Nama", "SLAMET RIYADI CONTOH"),
    ("Tempat/Tgl Lahir", "BANYUMAS, 17-08-1990"),
    ("Jenis kelamin", "LAKI-LAKI      Gol. Darah : O"),
    ("Alamat", "JL. JENDERAL SUDIRMAN NO. 12"),
    ("    RT/RW", "003/002"),
    ("    Kel/Desa", "BANCARKEMBAR"),
    ("    Kecamatan", "PURWOKERTO UTARA"),
    ("Agama", "ISLAM"),
    ("Status Perkawinan", "KAWIN"),
    ("Pekerjaan", "WIRASWASTA"),
    ("Kewarganegaraan", "WNI"),
    ("Berlaku Hingga", "SEUMUR HIDUP"),
]
TEXT = """
    yang bertanda tangan di bawah ini menerangkan dengan sebenarnya bahwa orang tersebut adalah
    warga desa kami dan bertempat tinggal di alamat seperti tersebut di atas demikian surat
    keterangan ini dibuat untuk dipergunakan sebagaimana mestinya
"""
WORDS = TEXT.split()


# ── flat documents ──────────────────────────────────────────────────────────────────────────────


def _write(
    draw: ImageDraw.ImageDraw, x: float, y: float, text: str, size: float, **how: object
) -> None:
    draw.text((x, y), text, font=ImageFont.load_default(size), **({"fill": (25, 25, 30)} | how))


def _specimen(page: Image.Image) -> Image.Image:
    """Nobody shall take it for the real thing."""
    stamp = Image.new("L", page.size)
    place = (page.width / 2, page.height * 0.55)
    font = ImageFont.load_default(page.width / 7)
    ImageDraw.Draw(stamp).text(place, "CONTOH", font=font, fill=45, anchor="mm")
    page.paste((190, 60, 60), mask=stamp.rotate(20))
    return page


@cache
def portrait(width: int = 1200) -> Image.Image:
    """Head and shoulders before a red cloth."""
    w, h = width, width * 4 // 3
    picture = Image.new("RGB", (w, h), (186, 28, 36))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((w * 0.02, h * 0.70, w * 0.98, h * 1.5), fill=(238, 238, 240))  # shirt
    draw.polygon([(w * 0.42, h * 0.7), (w * 0.58, h * 0.7), (w * 0.5, h * 0.98)], fill=(35, 40, 60))
    draw.rectangle((w * 0.41, h * 0.58, w * 0.59, h * 0.74), fill=(176, 128, 98))  # neck
    draw.ellipse((w * 0.26, h * 0.14, w * 0.74, h * 0.50), fill=(28, 22, 20))  # hair
    draw.ellipse((w * 0.29, h * 0.20, w * 0.71, h * 0.66), fill=(196, 148, 116))
    for x in (0.40, 0.60):
        draw.arc((w * (x - 0.07), h * 0.35, w * (x + 0.07), h * 0.43), 200, 340, (30, 22, 20), 10)
        draw.ellipse((w * (x - 0.04), h * 0.395, w * (x + 0.04), h * 0.425), fill=(240, 236, 232))
        draw.ellipse((w * (x - 0.016), h * 0.397, w * (x + 0.016), h * 0.423), fill=(30, 20, 18))
    draw.arc((w * 0.45, h * 0.44, w * 0.55, h * 0.51), 20, 160, fill=(130, 88, 70), width=8)
    draw.arc((w * 0.41, h * 0.50, w * 0.59, h * 0.59), 25, 155, fill=(140, 60, 58), width=12)
    shade = Image.linear_gradient("L").rotate(90).resize((w, h)).point(lambda v: v // 3)
    picture.paste((0, 0, 0), mask=shade)
    return picture.filter(ImageFilter.GaussianBlur(0.6))


@cache
def ktp(width: int = 1600) -> Image.Image:
    w, h = width, round(width / 1.586)
    card = Image.composite(
        Image.new("RGB", (w, h), (150, 196, 226)),
        Image.new("RGB", (w, h), (206, 228, 236)),
        Image.radial_gradient("L").resize((w, h)),
    )
    draw = ImageDraw.Draw(card)
    for ring in range(0, w, w // 60):  # the fine pattern of the card
        draw.ellipse(
            (w * 0.3 - ring, h * 0.6 - ring, w * 0.3 + ring, h * 0.6 + ring),
            outline=(160, 202, 228),
        )
    u = w / 100
    for y, line in ((1.5, "PROVINSI JAWA TENGAH"), (5.5, "KABUPATEN BANYUMAS")):
        _write(draw, w / 2, y * u, line, 3.4 * u, anchor="ma", stroke_width=w / 1600)
    _write(draw, 3 * u, 11 * u, "NIK  :  3302271708900003", 4.6 * u, stroke_width=w / 1200)
    for row, (label, value) in enumerate(KTP):
        _write(draw, 3 * u, (17.5 + 3.6 * row) * u, label, 2.6 * u)
        _write(draw, 27 * u, (17.5 + 3.6 * row) * u, f": {value}", 2.6 * u)
    face = portrait().resize((round(20 * u), round(26.6 * u)))
    card.paste(face, (round(76 * u), round(13 * u)))
    _write(draw, 86 * u, 43 * u, "BANYUMAS", 2.4 * u, anchor="ma")
    _write(draw, 86 * u, 46 * u, "01-02-2020", 2.4 * u, anchor="ma")
    _scrawl(draw, 80 * u, 53 * u, 12 * u, seed=3)
    return _specimen(card)


@cache
def letter(lines: int = 24, width: int = 1700) -> Image.Image:
    """An A4 sheet; with few lines it is mostly white."""
    w, h = width, round(width * 1.414)
    page = Image.new("RGB", (w, h), (246, 245, 240))
    draw = ImageDraw.Draw(page)
    u, words = w / 100, random.Random(lines)
    _write(draw, w / 2, 7 * u, "RUKUN TETANGGA 003 RUKUN WARGA 002", 2.8 * u, anchor="ma")
    _write(draw, w / 2, 11 * u, "SURAT PENGANTAR (CONTOH)", 2.6 * u, anchor="ma")
    draw.line((8 * u, 16 * u, 92 * u, 16 * u), fill=(30, 30, 30), width=max(1, round(u / 3)))
    for row in range(lines):
        text = " ".join(words.choice(WORDS) for _ in range(8))
        _write(draw, 10 * u, (20 + 3.9 * row) * u, text, 2.1 * u)
    if lines > 8:
        draw.ellipse((58 * u, 112 * u, 76 * u, 130 * u), outline=(80, 70, 170), width=round(u / 2))
        _scrawl(draw, 64 * u, 122 * u, 20 * u, seed=5)
        _specimen(page)
    return page


@cache
def family_card(width: int = 2400) -> Image.Image:
    """A Kartu Keluarga: one wide table in small print."""
    w, h = width, round(width / 1.414)
    page = Image.new("RGB", (w, h), (247, 246, 242))
    draw = ImageDraw.Draw(page)
    u, pick = w / 100, random.Random(7)
    _write(draw, w / 2, 3 * u, "KARTU KELUARGA", 3 * u, anchor="ma", stroke_width=1)
    _write(draw, w / 2, 6.5 * u, "No. 3302271708080001", 2 * u, anchor="ma")
    for top in (14, 38):
        for row in range(10):
            y = (top + 2 * row) * u
            draw.line((3 * u, y, 97 * u, y), fill=(60, 60, 60), width=max(1, w // 1200))
            for column in range(7):
                text = pick.choice(WORDS).upper() if column % 3 else str(pick.randrange(10**12))
                _write(draw, (3.5 + 13.4 * column) * u, y + 0.4 * u, text, 1.15 * u)
        for column in range(8):
            x = (3 + 13.43 * column) * u
            draw.line((x, top * u, x, (top + 18) * u), fill=(60, 60, 60), width=max(1, w // 1200))
    return _specimen(page)


def _scrawl(draw: ImageDraw.ImageDraw, x: float, y: float, length: float, *, seed: int) -> None:
    """A signature in blue ink."""
    pen, points = random.Random(seed), []
    for step in range(40):
        swing = math.sin(step * 0.9) * length * pen.uniform(0.05, 0.25)
        points.append((x + length * step / 40, y + swing))
    draw.line(points, fill=(30, 40, 140), width=max(2, round(length / 60)), joint="curve")


# ── the table, the light, the camera ────────────────────────────────────────────────────────────


@lru_cache(maxsize=16)
def _grain(size: Size, seed: int) -> Image.Image:
    return Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1]))


def table(
    size: Size, seed: int = 0, *, colour: tuple[int, int, int] = (128, 92, 62)
) -> Image.Image:
    """A wooden top: long grain, broad stains."""
    w, h = size
    long = _grain((max(2, w // 160), max(2, h // 3)), seed).resize(size, Image.Resampling.BICUBIC)
    broad = _grain((5, 4), seed + 1).resize(size, Image.Resampling.BICUBIC)
    light, deep = (tuple(min(255, int(c * k)) for c in colour) for k in (1.18, 0.72))
    return Image.composite(
        Image.new("RGB", size, light), Image.new("RGB", size, deep), Image.blend(long, broad, 0.5)
    )


@lru_cache(maxsize=8)
def laid(
    kind: str, size: Size, *, fill: float, turn: float, tilt: float, seed: int, lines: int = 24
) -> Image.Image:
    """The page lies on the table, `fill` of the frame, turned and seen at an angle."""
    page = letter(lines) if kind == "letter" else {"ktp": ktp, "kk": family_card}[kind]()
    ground = table(size, seed)
    scale = min(size[0] * fill / page.width, size[1] * fill / page.height)
    page = page.resize(
        (round(page.width * scale), round(page.height * scale)), Image.Resampling.BOX
    )
    cover = Image.new("L", page.size, 255).rotate(turn, expand=True)
    turned = page.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    at = ((size[0] - turned.width) // 2, (size[1] - turned.height) // 2)
    shadow = Image.new("L", size)
    shadow.paste(cover.point(lambda v: v // 2), (at[0] + size[0] // 200, at[1] + size[0] // 150))
    thumb = shadow.reduce(8).filter(ImageFilter.GaussianBlur(size[0] / 1600)).resize(size)
    ground.paste((10, 8, 6), mask=thumb)
    ground.paste(turned, at, cover)
    w, h, lean = size[0], size[1], size[0] * tilt
    quad = (-lean, 0, 0, h, w, h, w + lean, 0)
    edge = table(size, seed + 9)
    seen = ground.transform(size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    mask = Image.new("L", size, 255).transform(size, Image.Transform.QUAD, quad)
    return Image.composite(seen, edge, mask)


def _tone(stops: float, flare: float) -> list[int]:
    """A camera's answer to light: `stops` more of it, under a veil of stray light (`flare`)."""
    linear = ((v / 255) ** 2.2 * 2**stops + flare for v in range(256))
    return [min(255, round(255 * min(1.0, v) ** (1 / 2.2))) for v in linear]


def camera(
    scene: Image.Image,
    *,
    blur: float = 0.35,
    shake: float = 0,
    angle: float = 20,
    stops: float = 0,
    flare: float = 0,
    noise: float = 3,
    seed: int = 0,
) -> Image.Image:
    """What the phone records: lens and hand first, then light, then the noise of the sensor."""
    unit = max(scene.size) / 1000
    falloff = Image.radial_gradient("L").resize(scene.size).point(lambda v: v // 4)
    picture = scene.copy()
    picture.paste((0, 0, 0), mask=falloff)
    if shake:
        steps = max(2, math.ceil(shake * unit))
        total = picture
        for step in range(1, steps):
            far = step * shake * unit / (steps - 1)
            dx, dy = (round(far * f(math.radians(angle))) for f in (math.cos, math.sin))
            total = Image.blend(total, ImageChops.offset(picture, dx, dy), 1 / (step + 1))
        picture = total
    picture = picture.filter(ImageFilter.GaussianBlur(blur * unit)).point(_tone(stops, flare) * 3)
    if noise:
        grain = Image.merge("RGB", [_grain(picture.size, seed + n) for n in range(3)])
        reach = noise * 1.73  # an even spread of ±reach has this standard deviation
        grain = grain.point([round(128 + reach * (v - 127.5) / 127.5) for v in range(256)] * 3)
        picture = ImageChops.add(picture, grain, offset=-128)
    return picture


# ── photos as citizens send them ────────────────────────────────────────────────────────────────


def card(
    kind: str = "ktp",
    *,
    size: Size = CHAT,
    fill: float = 0.8,
    turn: float = 4,
    seed: int = 0,
    tilt: float = 0.05,
    **how: float,
) -> Image.Image:
    """A photo of a card ('ktp'), a family card ('kk') or a letter ('letter') on a table."""
    scene = laid(kind, size, fill=fill, turn=turn, tilt=tilt, seed=seed)
    return camera(scene, seed=seed, **how)


def paper(
    *,
    lines: int = 3,
    size: Size = (CHAT[1], CHAT[0]),
    fill: float = 1.15,
    seed: int = 0,
    **how: float,
) -> Image.Image:
    """A photo of a sheet that fills the frame, with a few lines of text."""
    scene = laid("letter", size, fill=fill, turn=1, tilt=0.02, seed=seed, lines=lines)
    return camera(scene, seed=seed, **how)


def scan(*, lines: int = 24, width: int = 1240) -> Image.Image:
    """A page from a scanner or a scanning app: paper pure white, ink black."""
    grey = (
        letter(lines)
        .convert("L")
        .point([max(0, min(255, round((v - 40) * 1.3))) for v in range(256)])
    )
    return grey.resize((width, round(width * 1.414)), Image.Resampling.LANCZOS).convert("RGB")


def pass_photo(*, size: Size = (900, 1200), **how: float) -> Image.Image:
    return camera(portrait().resize(size, Image.Resampling.BICUBIC), **how)


def jpeg(
    picture: Image.Image,
    *,
    quality: int = 85,
    orientation: int = 1,
    gps: tuple[float, float] | None = None,
    **how: object,
) -> bytes:
    """As a phone writes it: sideways with a note which way is up, and where it was taken."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Contoh", orientation
    if gps:
        exif[0x8825] = {1: "S", 2: _degrees(gps[0]), 3: "E", 4: _degrees(gps[1])}
    turned = picture.transpose(_AGAINST[orientation]) if orientation in _AGAINST else picture
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=quality, exif=exif, **how)
    return out.getvalue()


_AGAINST = {  # a phone held like this stores the picture turned like that
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


def _degrees(value: float) -> tuple[float, float, float]:
    whole = abs(value)
    return int(whole), int(whole * 60 % 60), round(whole * 3600 % 60, 2)


SAMPLES: dict[str, Callable[[], bytes]] = {
    "ktp": lambda: jpeg(card("ktp"), gps=(-7.4021, 109.2457)),
    "ktp_sideways": lambda: jpeg(card("ktp", seed=2), orientation=6),
    "ktp_small_on_table": lambda: jpeg(card("ktp", fill=0.4, seed=3)),
    "ktp_phone": lambda: jpeg(card("ktp", size=PHONE, seed=1)),
    "ktp_blurred": lambda: jpeg(card("ktp", blur=3.5)),
    "ktp_shaken": lambda: jpeg(card("ktp", shake=12)),
    "ktp_dark": lambda: jpeg(card("ktp", stops=-4.5, noise=5)),
    "ktp_bright": lambda: jpeg(card("ktp", stops=4, flare=0.6)),
    "ktp_tiny": lambda: jpeg(card("ktp", size=(400, 300))),
    "kk": lambda: jpeg(card("kk", fill=0.97, turn=1)),
    "letter": lambda: jpeg(card("letter", size=(960, 1280), fill=1.0)),
    "paper": lambda: jpeg(paper()),
    "paper_blurred": lambda: jpeg(paper(blur=3.5)),
    "scan": lambda: jpeg(scan()),
    "pass_photo": lambda: jpeg(pass_photo()),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in SAMPLES.items():
        (folder / f"{name}.jpg").write_bytes(make())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

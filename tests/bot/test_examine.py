"""What citizens send is recognised, cleaned and judged; what means harm gets no further."""

import io
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps, ImageStat

import hostile
from bot.examine import Examined, Limits, Unfit, confine, examine
from hostile import BANYUMAS, CORPUS
from pictures import CHAT, PHONE, card, jpeg, ktp, paper, pass_photo, scan

SECONDS = 20  # for the worst file of all, on a slow machine


@pytest.fixture(scope="module")
def cell() -> Iterator[ProcessPoolExecutor]:
    """Where the program examines files: a process that cannot grow beyond a gigabyte."""
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=confine)
    yield pool
    for process in list(pool._processes.values()):
        process.kill()  # it may still be busy with a file that came too late
    pool.shutdown()


def opened(found: Examined) -> Image.Image:
    return Image.open(io.BytesIO(found.data))


def alike(one: Image.Image, two: Image.Image, *, within: float = 5) -> bool:
    """The same picture but for the losses of JPEG."""
    difference = ImageChops.difference(one.convert("RGB"), two.convert("RGB"))
    return one.size == two.size and max(ImageStat.Stat(difference).mean) < within


def saved(picture: Image.Image, form: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


# ── what means harm ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("make", "answer"), CORPUS.values(), ids=CORPUS)
def test_each_hostile_file_gets_its_answer_and_the_process_lives(
    cell: ProcessPoolExecutor, make: Callable[[], bytes], answer: str
) -> None:
    began = cell.submit(examine, make())
    if answer in ("photo", "pdf"):
        found = began.result(timeout=SECONDS)
        assert found.kind == answer
        assert b"planted" not in found.data
        assert b"Exif" not in found.data
    else:
        with pytest.raises(Unfit) as refused:
            began.result(timeout=SECONDS)
        assert refused.value.code == answer


SEEDS = {
    "JPEG": lambda: jpeg(card(size=(640, 480)), gps=BANYUMAS),
    "progressive JPEG": lambda: jpeg(card(size=(640, 480)), progressive=True),
    "PNG": lambda: saved(card(size=(640, 480)), "PNG"),
    "WEBP": lambda: saved(card(size=(640, 480)), "WEBP"),
    "TIFF": lambda: saved(card(size=(640, 480)), "TIFF", compression="tiff_lzw"),
    "HEIC": lambda: saved(card(size=(640, 480)), "HEIF", quality=50),
    "BMP": lambda: saved(card(size=(640, 480)), "BMP"),
    "PDF": lambda: hostile.pdf(hostile._form),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_file_is_taken_or_refused_and_nothing_else(
    cell: ProcessPoolExecutor, seed: str
) -> None:
    whole = SEEDS[seed]()
    place = st.one_of(st.integers(0, 400), st.integers(0, len(whole) - 1))
    damage = st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=8)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(damage=damage, keep=st.one_of(st.just(len(whole)), st.integers(1, len(whole))))
    def check(damage: list[tuple[int, int]], keep: int) -> None:
        data = bytearray(whole)
        for at, value in damage:
            data[at] = value
        try:
            found = cell.submit(examine, bytes(data[:keep])).result(timeout=SECONDS)
        except Unfit:
            return
        assert found.kind in ("photo", "pdf")

    check()


def test_the_pixels_are_counted_before_any_is_decoded() -> None:
    head = hostile.png(7000, 7000)[:60]
    with pytest.raises(Unfit, match="too_many_pixels"):
        examine(head)
    with pytest.raises(Unfit, match="broken"):
        examine(head, limits=Limits(max_pixels=7000 * 7000))


def test_a_file_of_just_the_allowed_size_is_looked_at() -> None:
    data = jpeg(card(size=(640, 480)))
    assert examine(data, limits=Limits(max_bytes=len(data))).kind == "photo"
    with pytest.raises(Unfit, match="too_big"):
        examine(data, limits=Limits(max_bytes=len(data) - 1))


# ── photos ──────────────────────────────────────────────────────────────────────────────────────


def test_a_photo_is_kept_as_a_plain_jpeg() -> None:
    found = examine(saved(card(), "PNG"))
    assert (found.kind, found.media_type, found.pages) == ("photo", "image/jpeg", 1)
    assert (found.width, found.height) == CHAT
    assert opened(found).format == "JPEG"
    assert alike(opened(found), card())


def test_the_same_file_gives_the_same_bytes() -> None:
    for data in (jpeg(card()), hostile.pdf(hostile._form)):
        assert examine(data).data == examine(data).data


def test_where_and_with_what_a_photo_was_taken_is_forgotten() -> None:
    taken = jpeg(
        card(),
        gps=BANYUMAS,
        orientation=6,
        comment=b"planted",
        xmp=b"<x:xmpmeta>planted</x:xmpmeta>",
        icc_profile=b"planted" * 40,
        dpi=(300, 300),
    )
    assert taken.count(b"planted") > 2
    found = examine(taken)
    assert b"planted" not in found.data
    assert b"Exif" not in found.data
    assert not opened(found).getexif()
    assert set(opened(found).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_set_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(card(), "JPEG", exif=exif)
    assert alike(opened(examine(data)), ImageOps.exif_transpose(Image.open(io.BytesIO(data))))


def test_a_png_that_says_at_its_end_which_way_is_up_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    assert alike(
        opened(examine(saved(card(), "PNG", exif=exif))),
        card().transpose(Image.Transpose.ROTATE_90),
    )


def test_a_photo_that_lay_on_its_side_reads_like_one_that_did_not() -> None:
    for orientation in (3, 6, 8):
        found = examine(jpeg(card(), orientation=orientation))
        assert (found.width, found.height) == CHAT
        assert alike(opened(found), card())


def test_a_heic_is_upright_without_turning_it_twice() -> None:
    assert b"irot" in hostile._heic()
    found = opened(examine(hostile._heic()))
    assert alike(found, hostile._photo().transpose(Image.Transpose.ROTATE_270), within=5)


def test_a_large_photo_is_made_smaller_and_a_small_one_is_left() -> None:
    large = examine(jpeg(ktp(5000)))
    assert (large.width, large.height) == (3000, 1892)
    assert examine(jpeg(ktp(900))).width == 900


def test_a_very_long_photo_survives() -> None:
    found = examine(saved(Image.new("L", (30_000, 2)), "PNG"))
    assert (found.width, found.height, found.verdict) == (3000, 1, "small")


@pytest.mark.parametrize(
    ("change", "form"),
    [
        (lambda p: p.convert("CMYK"), "JPEG"),
        (lambda p: p.quantize(256), "PNG"),
        (lambda p: p.convert("RGBA"), "WEBP"),
        (lambda p: p.convert("YCbCr"), "TIFF"),
    ],
    ids=["CMYK", "palette", "alpha", "YCbCr"],
)
def test_its_colours_are_kept(change: Callable[[Image.Image], Image.Image], form: str) -> None:
    assert alike(opened(examine(saved(change(card()), form))), card(), within=8)


@pytest.mark.parametrize("make", [hostile._deep_png, hostile._float_tiff], ids=["16 bit", "float"])
def test_its_greys_are_kept(make: Callable[[], bytes]) -> None:
    assert alike(opened(examine(make())), hostile._photo().convert("L"), within=4)


def test_what_one_can_see_through_is_on_white() -> None:
    clear = Image.new("RGBA", (600, 600), (200, 0, 0, 0))
    assert opened(examine(saved(clear, "PNG"))).getpixel((300, 300)) == (255, 255, 255)
    hole = Image.new("RGB", (600, 600), (1, 2, 3))
    assert opened(examine(saved(hole, "PNG", transparency=(1, 2, 3)))).getpixel((9, 9)) == (
        255,
        255,
        255,
    )


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_kept(form: str) -> None:
    red, green, blue = opened(examine(hostile._animated(form))).getpixel((300, 300))
    assert red > 240
    assert max(green, blue) < 15


def test_a_damaged_note_about_a_photo_is_no_reason_to_refuse_it() -> None:
    assert alike(opened(examine(hostile._broken_exif())), hostile._photo())


# ── can it be read? ─────────────────────────────────────────────────────────────────────────────

Photo = Callable[..., Image.Image]
TALL = (CHAT[1], CHAT[0])
DOCUMENTS: dict[str, Photo] = {
    "a card": lambda **how: card("ktp", **how),
    "a card far away": lambda **how: card("ktp", fill=0.4, seed=3, **how),
    "a card held askew": lambda **how: card("ktp", fill=0.9, turn=38, seed=4, **how),
    "a family card": lambda **how: card("kk", fill=0.97, turn=1, seed=5, **how),
    "a letter": lambda **how: card("letter", size=TALL, fill=1.0, seed=6, **how),
    "a sheet with three lines": lambda **how: paper(seed=7, **how),
    "a sheet with a heading": lambda **how: paper(lines=0, seed=8, **how),
}
GOOD: dict[str, dict[str, float]] = {
    "as it is": {},
    "a little soft": {"blur": 0.7},
    "a little shaken": {"shake": 3},
    "noisy": {"noise": 8},
    "in the evening": {"stops": -2, "noise": 5},
    "in the sun": {"stops": 1.5},
    "against the light": {"stops": 2, "flare": 0.3},
}
BAD: dict[str, tuple[dict[str, float], str]] = {
    "out of focus": ({"blur": 2}, "blurred"),
    "far out of focus": ({"blur": 6}, "blurred"),
    "out of focus and noisy": ({"blur": 3, "noise": 8}, "blurred"),
    "out of focus in the evening": ({"blur": 3, "stops": -2}, "blurred"),
    "shaken": ({"shake": 16}, "blurred"),
    "shaken sideways": ({"shake": 16, "angle": 0}, "blurred"),
    "shaken up and down": ({"shake": 16, "angle": 90}, "blurred"),
    "shaken aslant": ({"shake": 16, "angle": 45}, "blurred"),
    "at night": ({"stops": -4.5, "noise": 4}, "dark"),
    "at night and noisy": ({"stops": -5, "noise": 10}, "dark"),
    "out of focus at night": ({"stops": -5, "blur": 3}, "dark"),
    "in too much light": ({"stops": 4, "flare": 0.6}, "bright"),
    "in nothing but light": ({"stops": 5, "flare": 0.8}, "bright"),
}


@pytest.mark.parametrize("way", GOOD)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_photo_that_can_be_read_is_good(document: str, way: str) -> None:
    assert examine(jpeg(DOCUMENTS[document](**GOOD[way]))).verdict == "good"


@pytest.mark.parametrize("way", BAD)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_photo_that_cannot_be_read_says_why(document: str, way: str) -> None:
    how, verdict = BAD[way]
    assert examine(jpeg(DOCUMENTS[document](**how))).verdict == verdict


@pytest.mark.parametrize("quality", [30, 60, 95])
def test_a_chat_that_squeezes_photos_does_not_blur_them(quality: int) -> None:
    assert examine(jpeg(card(), quality=quality)).verdict == "good"
    assert examine(jpeg(card(blur=3), quality=quality)).verdict == "blurred"


def test_a_photo_from_a_phone_is_judged_like_the_same_one_from_a_chat() -> None:
    assert examine(jpeg(card(size=PHONE))).verdict == "good"
    assert examine(jpeg(card(size=PHONE, blur=2))).verdict == "blurred"


def test_white_paper_from_a_scanner_is_not_too_bright() -> None:
    assert examine(jpeg(scan())).verdict == "good"
    assert examine(jpeg(scan(lines=0))).verdict == "good"


def test_a_copy_of_a_card_on_white_paper_is_good() -> None:
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(ktp().resize((500, 315)), (370, 300))
    assert examine(jpeg(page)).verdict == "good"


def test_a_portrait_is_good_although_it_has_no_letters() -> None:
    assert examine(jpeg(pass_photo())).verdict == "good"
    assert examine(jpeg(pass_photo(blur=4))).verdict == "blurred"


def test_a_picture_with_nothing_on_it_cannot_be_read() -> None:
    for colour in ("black", "grey", "white"):
        assert examine(jpeg(Image.new("RGB", (900, 900), colour))).verdict != "good"


def test_a_photo_with_few_pixels_is_small() -> None:
    assert examine(jpeg(card(size=(400, 300)))).verdict == "small"
    assert examine(jpeg(card(size=(479, 1000)))).verdict == "small"
    assert examine(jpeg(card(size=(640, 480)))).verdict == "good"


@pytest.mark.parametrize(("size", "budget"), [(CHAT, 0.4), (PHONE, 1.5)])
def test_the_answer_comes_soon(size: tuple[int, int], budget: float) -> None:
    data = jpeg(card(size=size), quality=92)
    began = time.process_time()
    examine(data)
    assert time.process_time() - began < budget


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────


def laid_open(data: bytes) -> bytes:
    """Everything in a PDF, unpacked."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        level = pikepdf.StreamDecodeLevel.generalized
        document.save(out, qdf=True, stream_decode_level=level, compress_streams=False)
    return out.getvalue()


def test_a_pdf_keeps_its_pages_and_what_is_on_them() -> None:
    found = examine(hostile.pdf(pages=3))
    assert (found.kind, found.media_type, found.pages) == ("pdf", "application/pdf", 3)
    assert (found.verdict, found.width, found.height) == ("good", 0, 0)
    with pikepdf.open(io.BytesIO(found.data)) as document:
        assert [float(side) for side in document.pages[0].mediabox] == [0, 0, 595, 842]
        assert b"/A Do" in document.pages[0].Contents.read_bytes()
        image = pikepdf.PdfImage(document.pages[0].Resources.XObject.A).as_pil_image()
    assert alike(image, hostile._photo())


@pytest.mark.parametrize(
    "harm",
    [
        hostile._script,
        hostile._launch,
        hostile._attachment,
        hostile._rich_media,
        hostile._form,
        hostile._personal,
        hostile._wrapped_photo,
    ],
)
def test_what_a_page_does_not_show_is_left_behind(harm: Callable[[pikepdf.Pdf], None]) -> None:
    inside = laid_open(examine(hostile.pdf(harm)).data)
    assert (
        re.findall(
            rb"planted|Exif|JavaScript|/JS|/AA|/OpenAction|/Launch|/EmbeddedFile|/Annots|/AcroForm"
            rb"|/XFA|/RichMedia|/Names|/Metadata|/PieceInfo|/Author|/Creator|/Producer",
            inside,
        )
        == []
    )


def test_what_was_filled_into_a_form_is_part_of_the_page() -> None:
    assert b"ISIAN WARGA" in laid_open(examine(hostile.pdf(hostile._form)).data)


def test_a_photo_inside_a_pdf_is_kept_to_the_last_bit_without_its_notes() -> None:
    taken = jpeg(hostile._photo(), gps=BANYUMAS)
    for harm in (None, hostile._wrapped_photo):
        with pikepdf.open(io.BytesIO(examine(hostile.pdf(harm)).data)) as document:
            inside = document.pages[0].Resources.XObject.A.read_raw_bytes()
        assert b"Exif" not in inside
        one, two = (Image.open(io.BytesIO(data)) for data in (taken, inside))
        assert one.tobytes() == two.tobytes()


def test_a_second_file_behind_a_pdf_is_gone() -> None:
    make, _ = CORPUS["a PDF that is also a JAR"]
    data = examine(make()).data
    assert b"Evil" not in data
    assert data.rstrip().endswith(b"%%EOF")


def test_a_pdf_that_only_forbids_printing_is_opened_for_good() -> None:
    with pikepdf.open(io.BytesIO(examine(hostile._locked("")).data)) as document:
        assert not document.is_encrypted


def test_thirty_pages_are_taken() -> None:
    assert examine(hostile.pdf(pages=30)).pages == 30


def test_what_pages_inherit_is_kept() -> None:
    tree = b"<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 300 400]/Rotate 90>>"
    data = hostile._raw_pdf(hostile.CATALOG, tree, b"<</Type/Page/Parent 2 0 R>>")
    with pikepdf.open(io.BytesIO(examine(data).data)) as document:
        page = document.pages[0]
        assert [float(side) for side in page.mediabox] == [0, 0, 300, 400]
        assert page.obj["/Rotate"] == 90


def test_examining_twice_adds_nothing() -> None:
    once = examine(hostile.pdf(hostile._form))
    assert len(examine(once.data).data) == len(once.data)

"""Files that mean harm, or only look as if they did; each with what must become of it.

`CORPUS` maps a name to a maker and the answer: a code of refusal, or the kind it is kept as.
Everything is built here, from bytes, so nothing harmful lies in the repository.
"""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, TiffImagePlugin

from pictures import card, jpeg

pillow_heif.register_heif_opener()

BANYUMAS = (-7.4021, 109.2457)
SCRIPT = b"<script>alert(document.domain)</script>"


def _photo() -> Image.Image:
    return card(size=(800, 600))


def _saved(picture: Image.Image, form: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Main-Class: Evil\n")
        archive.writestr("Evil.class", b"\xca\xfe\xba\xbe" + bytes(500))
    return out.getvalue()


# ── pictures ────────────────────────────────────────────────────────────────────────────────────


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, body: bytes = b"", *extra: bytes) -> bytes:
    """A grey PNG that claims a size and brings whatever body."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = _chunk(b"IDAT", body or zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + data + _chunk(b"IEND", b"")


def _real_bomb() -> bytes:
    """64 million honest black pixels in 60 KB."""
    return png(8000, 8000, zlib.compress(bytes(8001 * 8000), 9))


def _text_bomb() -> bytes:
    swollen = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200 << 20), 9))
    return png(600, 600, zlib.compress(bytes(601 * 600)), swollen)


def _tiff(width: int, height: int) -> bytes:
    """A TIFF that claims so many RGB pixels and has none."""
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8),
        (277, 3, 1, 3),
        (278, 4, 1, height),
        (279, 4, 1, width * height * 3 & 0xFFFFFFFF),
    ]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4)


def _lying_jpeg() -> bytes:
    data = bytearray(jpeg(_photo()))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65000, 65000)
    return bytes(data)


def _endless_scans() -> bytes:
    data = jpeg(Image.new("RGB", (2000, 2000)), progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 20_000 + data[-2:]


def _many_segments() -> bytes:
    return b"\xff\xd8" + b"\xff\xe5\x00\x02" * 3_000_000 + jpeg(_photo())[2:]


def _animated(form: str) -> bytes:
    frames = [Image.new("RGB", (640, 640), colour) for colour in ("red", "green", "blue")]
    return _saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


def _two_pages_tiff() -> bytes:
    pages = [_photo(), Image.new("RGB", (100, 100))]
    return _saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])


def _heic() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "S", 2: (7.0, 24.0, 7.5), 3: "E", 4: (109.0, 14.0, 44.5)}
    picture = _photo()
    picture.info["exif"] = exif.tobytes()  # from here it is also written as a turn of the image
    return _saved(picture, "HEIF", quality=70)


def _broken_exif() -> bytes:
    data = bytearray(jpeg(_photo(), gps=BANYUMAS))
    at = data.index(b"Exif\0\0") + 10
    data[at : at + 40] = b"\xff" * 40
    return bytes(data)


def _mpo() -> bytes:
    return _saved(_photo(), "MPO", save_all=True, append_images=[Image.new("RGB", (80, 60))])


def _float_tiff() -> bytes:
    return _saved(_photo().convert("F"), "TIFF")


def _fax_tiff() -> bytes:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    return _saved(_photo().convert("1"), "TIFF", compression="group4", tiffinfo=info)


def _deep_png() -> bytes:
    grey = _photo().convert("I").point(lambda v: v * 257)
    return _saved(grey.convert("I;16"), "PNG")


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────


def pdf(change: Callable[[Pdf], None] | None = None, *, pages: int = 1, **how: object) -> bytes:
    """A page with a photo on it, then made worse."""
    document = Pdf.new()
    photo = jpeg(_photo(), gps=BANYUMAS)
    for _ in range(pages):
        document.add_blank_page(page_size=(595, 842))
    page = document.pages[0]
    page.obj["/Resources"] = Dictionary(XObject=Dictionary(A=_image(document, photo)))
    page.obj["/Contents"] = Stream(document, b"q 500 0 0 375 40 400 cm /A Do Q")
    if change:
        change(document)
    out = io.BytesIO()
    document.save(out, **how)
    return out.getvalue()


def _image(document: Pdf, photo: bytes, width: int = 800, height: int = 600) -> Stream:
    image = Stream(document, photo)
    image.stream_dict = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    return image


def _script(document: Pdf) -> None:
    action = Dictionary(S=Name.JavaScript, JS=String("app.alert('planted')"))
    document.Root.OpenAction = action
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), action])))
    document.pages[0].obj["/AA"] = Dictionary(O=action)


def _launch(document: Pdf) -> None:
    action = Dictionary(S=Name.Launch, Win=Dictionary(F=String("cmd.exe"), P=String("planted")))
    document.Root.OpenAction = action
    document.pages[0].obj["/Annots"] = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 595, 842], A=action)]
    )


def _attachment(document: Pdf) -> None:
    document.attachments["invoice.exe"] = b"MZ planted"


def _rich_media(document: Pdf) -> None:
    asset = Stream(document, b"FWS planted")
    spec = Dictionary(Type=Name.Filespec, F=String("x.swf"), EF=Dictionary(F=asset))
    content = Dictionary(Assets=Dictionary(Names=Array([String("x.swf"), spec])))
    annotation = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])
    annotation["/RichMediaContent"] = content
    document.pages[0].obj["/Annots"] = Array([document.make_indirect(annotation)])


def _form(document: Pdf, value: str = "ISIAN WARGA") -> None:
    """A filled-in form whose viewer has yet to draw what was filled in."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String("nama"),
            V=String(value),
            DA=String("/Helv 12 Tf 0 g"),
            Rect=[40, 700, 300, 720],
            F=4,
            AA=Dictionary(K=Dictionary(S=Name.JavaScript, JS=String("planted"))),
        )
    )
    document.pages[0].obj["/Annots"] = Array([field])
    document.Root.AcroForm = Dictionary(
        Fields=Array([field]),
        NeedAppearances=True,
        DA=String("/Helv 12 Tf 0 g"),
        DR=Dictionary(Font=Dictionary(Helv=font)),
        XFA=Stream(document, b"<xdp>planted</xdp>"),
    )


def _dynamic_xfa(document: Pdf) -> None:
    _form(document)
    document.Root.NeedsRendering = True


def _portfolio(document: Pdf) -> None:
    _attachment(document)
    document.Root.Collection = Dictionary(View=Name.D)


def _personal(document: Pdf) -> None:
    with document.open_metadata() as notes:
        notes["dc:creator"] = ["planted"]
    document.docinfo["/Author"] = "planted"
    planted = Dictionary(App=Dictionary(Private=String("planted")))
    document.pages[0].obj["/PieceInfo"] = planted
    image = document.pages[0].obj["/Resources"].XObject.A
    image["/PieceInfo"] = planted
    image["/Metadata"] = Stream(document, b"<x:xmpmeta>planted</x:xmpmeta>")


def _wrapped_photo(document: Pdf) -> None:
    packed = base64.a85encode(jpeg(_photo(), gps=BANYUMAS)) + b"~>"
    image = _image(document, packed)
    image["/Filter"] = Array([Name.ASCII85Decode, Name.DCTDecode])
    document.pages[0].obj["/Resources"].XObject.A = image


def _huge_image(document: Pdf) -> None:
    document.pages[0].obj["/Resources"].XObject.A = _image(document, b"", 100_000, 100_000)


def _locked(user: str) -> bytes:
    return pdf(encryption=pikepdf.Encryption(user=user, owner="owner"))


def _raw_pdf(*objects: bytes) -> bytes:
    """A PDF written by hand, with a correct table of its objects."""
    parts, places, at = [b"%PDF-1.7\n"], [], 9
    for number, body in enumerate(objects, 1):
        places.append(at)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table))
    parts.append(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, at))
    return b"".join(parts)


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def _many_kids(count: int) -> bytes:
    kids = b"3 0 R " * count
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    return _raw_pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[%s]>>" % kids, page)


def _many_notes(count: int) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[%s]>>" % (b"4 0 R " * count)
    look = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>stream\n\nendstream"
    note = b"<</Type/Annot/Subtype/Stamp/Rect[0 0 9 9]/AP<</N 5 0 R>>>>"
    return _raw_pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, note, look)


def _many_pages(count: int) -> bytes:
    """So many honest pages, each its own."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>>>"
    kids = b" ".join(b"%d 0 R" % n for n in range(3, count + 3))
    return _raw_pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[%s]>>" % kids, *[page] * count)


def _bushy() -> bytes:
    """Each branch holds the next one twice: twenty levels are a million pages."""
    branches = [b"<</Type/Pages/Count 1/Kids[%d 0 R %d 0 R]>>" % (n, n) for n in range(3, 23)]
    return _raw_pdf(CATALOG, *branches, b"<</Type/Page/MediaBox[0 0 9 9]>>")


def _own_grandfather() -> bytes:
    return _raw_pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[2 0 R]/Parent 2 0 R>>")


def _deep_nest() -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources 4 0 R>>"
    nest = b"[" * 500_000 + b"]" * 500_000
    return _raw_pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, nest)


def _packed(way: bytes, pack: Callable[[bytes, int], bytes], swell: int) -> bytes:
    """All objects lie in one packed stream, which unpacks to so many megabytes of blanks."""
    objects = (CATALOG, b"<</Type/Pages/Count 1/Kids[5 0 R]>>", b"<</Type/Page/Parent 2 0 R>>")
    numbers, body = b"", b""
    for number, item in zip((1, 2, 5), objects, strict=True):
        numbers += b"%d %d " % (number, len(body))
        body += item + b" "
    packed = pack(numbers + body, swell)
    out = b"%PDF-1.7\n"
    rows = [(0, 0, 65535), (2, 3, 0), (2, 3, 1), (1, len(out), 0)]
    out += b"3 0 obj\n<</Type/ObjStm/N 3/First %d/Filter/%s/Length %d>>\nstream\n%s" % (
        len(numbers),
        way,
        len(packed),
        packed,
    )
    out += b"\nendstream\nendobj\n"
    rows += [(1, len(out), 0), (2, 3, 2)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    start = len(out)
    out += b"4 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>\nstream\n" % len(table)
    return out + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def _deflate(head: bytes, swell: int) -> bytes:
    press = zlib.compressobj(9)
    parts = [press.compress(head)]
    parts += [press.compress(b" " * (1 << 20)) for _ in range(swell)]
    return b"".join([*parts, press.flush()])


def _lzw(head: bytes, swell: int) -> bytes:
    """LZW by hand: each run names ever longer rows of blanks until its table is full, 7 MB."""

    def run(*codes: int) -> str:
        widths = (max(9, (258 + max(1, n)).bit_length()) for n in range(len(codes)))
        return "".join(f"{code:0{width}b}" for code, width in zip(codes, widths, strict=True))

    clear, end = 256, 257
    blanks = run(32, *range(258, 4094), clear) * (swell // 7)
    bits = f"{clear:09b}" + run(*head, clear) + blanks + f"{end:09b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


# ── what must become of each ────────────────────────────────────────────────────────────────────

CORPUS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing at all": (lambda: b"", "empty"),
    "17 megabytes": (lambda: b"\xff\xd8\xff" + bytes(17 << 20), "too_big"),
    "zeros": (lambda: bytes(5000), "not_a_document"),
    "a web page": (lambda: b"<!DOCTYPE html><html>" + SCRIPT, "not_a_document"),
    "an SVG with a script": (
        lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT,
        "not_a_document",
    ),
    "a ZIP called .jpg": (_zip, "not_a_document"),
    "a GIF": (lambda: _saved(_photo(), "GIF"), "not_a_document"),
    "a GIF that is also a JAR": (lambda: _saved(_photo(), "GIF") + _zip(), "not_a_document"),
    "a program": (lambda: b"MZ\x90\0" + bytes(400), "not_a_document"),
    "a video": (lambda: b"\0\0\0\x18ftypmp42" + bytes(400), "not_a_document"),
    "an AVIF": (lambda: _saved(_photo(), "AVIF"), "not_a_document"),
    "an AVIF that calls itself HEIC": (
        lambda: _saved(_photo(), "AVIF").replace(b"ftypavif", b"ftypmif1"),
        "broken",
    ),
    "a page that begins with a comment": (lambda: SCRIPT + jpeg(_photo()), "not_a_document"),
    "a letter that begins with BM": (lambda: b"BM motor hilang di pasar", "not_a_document"),
    "a PNG of 900 million pixels": (lambda: png(30_000, 30_000), "too_many_pixels"),
    "a PNG of 64 million black pixels": (_real_bomb, "too_many_pixels"),
    "a PNG 40 million pixels wide": (lambda: png(40_000_001, 1), "too_many_pixels"),
    "a PNG with swollen text": (_text_bomb, "broken"),
    "a PNG with a wrong body": (lambda: png(600, 600, b"garbage"), "broken"),
    "a TIFF that claims 30 gigabytes": (lambda: _tiff(100_000, 100_000), "too_many_pixels"),
    "a TIFF that claims 100 megabytes": (lambda: _tiff(6_000, 6_000), "broken"),
    "a JPEG that claims 65000 x 65000": (_lying_jpeg, "too_many_pixels"),
    "a JPEG of endless scans": (_endless_scans, "broken"),
    "a JPEG of three million segments": (_many_segments, "broken"),
    "a JPEG cut in half": (lambda: jpeg(_photo())[:20_000], "broken"),
    "a JPEG of three bytes": (lambda: b"\xff\xd8\xff", "broken"),
    "a PNG cut in half": (lambda: _saved(_photo(), "PNG")[:20_000], "broken"),
    "a WEBP cut in half": (lambda: _saved(_photo(), "WEBP")[:4_000], "broken"),
    "a HEIC cut in half": (lambda: _heic()[:4_000], "broken"),
    "a HEIC of its first bytes": (lambda: _heic()[:40], "broken"),
    "a photo that is also a JAR": (lambda: jpeg(_photo()) + _zip(), "photo"),
    "a photo with a script in its comment": (lambda: jpeg(_photo(), comment=SCRIPT), "photo"),
    "a photo with a damaged EXIF": (_broken_exif, "photo"),
    "a photo that lies on its side": (
        lambda: jpeg(_photo(), orientation=6, gps=BANYUMAS),
        "photo",
    ),
    "a photo with a second photo behind it": (_mpo, "photo"),
    "a progressive photo": (lambda: jpeg(_photo(), progressive=True), "photo"),
    "a CMYK JPEG": (lambda: _saved(_photo().convert("CMYK"), "JPEG"), "photo"),
    "a grey JPEG": (lambda: _saved(_photo().convert("L"), "JPEG"), "photo"),
    "a PNG of 16 bits": (_deep_png, "photo"),
    "a PNG with a palette": (lambda: _saved(_photo().quantize(64), "PNG"), "photo"),
    "a PNG one can see through": (lambda: _saved(Image.new("RGBA", (600, 600)), "PNG"), "photo"),
    "a grey PNG one can see through": (lambda: _saved(_photo().convert("LA"), "PNG"), "photo"),
    "an animated PNG": (lambda: _animated("PNG"), "photo"),
    "an animated WEBP": (lambda: _animated("WEBP"), "photo"),
    "a HEIC from a phone": (_heic, "photo"),
    "a BMP": (lambda: _saved(_photo(), "BMP"), "photo"),
    "a TIFF of two pages": (_two_pages_tiff, "photo"),
    "a TIFF from a fax": (_fax_tiff, "photo"),
    "a TIFF of floating numbers": (_float_tiff, "photo"),
    "a PDF of five bytes": (lambda: b"%PDF-1.7", "broken"),
    "a PDF of garbage": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 9 + b"%%EOF", "broken"),
    "a PDF cut in half": (lambda: pdf()[:-400], "broken"),
    "a PDF without its table": (lambda: pdf().replace(b"xref", b"yref"), "broken"),
    "a PDF without pages": (lambda: pdf(lambda d: d.pages.__delitem__(0)), "broken"),
    "a PDF of 31 pages": (lambda: pdf(pages=31), "pdf_pages"),
    "a PDF with a password": (lambda: _locked("secret"), "pdf_locked"),
    "a PDF that only unfolds in Acrobat": (lambda: pdf(_dynamic_xfa), "pdf_active"),
    "a PDF that is an envelope of files": (lambda: pdf(_portfolio), "pdf_active"),
    "a PDF with an image of ten billion pixels": (lambda: pdf(_huge_image), "too_many_pixels"),
    "a PDF with two million kids": (lambda: _many_kids(2_000_000), "pdf_pages"),
    "a PDF with 200,000 kids": (lambda: _many_kids(200_000), "pdf_pages"),
    "a PDF of 100,000 pages": (lambda: _many_pages(100_000), "pdf_pages"),
    "a PDF with 200,000 notes": (lambda: _many_notes(200_000), "pdf_active"),
    "a PDF of pages within pages": (_bushy, "pdf_pages"),
    "a PDF that is its own grandfather": (_own_grandfather, "broken"),
    "a PDF nested half a million deep": (_deep_nest, "pdf"),
    "a PDF whose objects swell to 7 MB": (lambda: _packed(b"FlateDecode", _deflate, 7), "pdf"),
    "a PDF whose objects swell to 100 MB": (
        lambda: _packed(b"FlateDecode", _deflate, 100),
        "broken",
    ),
    "a PDF whose LZW swells to 7 MB": (lambda: _packed(b"LZWDecode", _lzw, 7), "pdf"),
    "a PDF whose LZW swells to 4 GB": (lambda: _packed(b"LZWDecode", _lzw, 4000), "broken"),
    "a plain PDF": (pdf, "pdf"),
    "a PDF that forbids printing": (lambda: _locked(""), "pdf"),
    "a PDF with a script": (lambda: pdf(_script), "pdf"),
    "a PDF that starts a program": (lambda: pdf(_launch), "pdf"),
    "a PDF with a program attached": (lambda: pdf(_attachment), "pdf"),
    "a PDF with a film": (lambda: pdf(_rich_media), "pdf"),
    "a PDF with a filled-in form": (lambda: pdf(_form), "pdf"),
    "a PDF with its author's name": (lambda: pdf(_personal), "pdf"),
    "a PDF with a wrapped photo": (lambda: pdf(_wrapped_photo), "pdf"),
    "a PDF that is also a JAR": (lambda: pdf() + bytes(5000) + _zip() + b"planted", "pdf"),
}

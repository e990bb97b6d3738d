"""Documents at the desk over HTTP: looked at closely, marked with the viewer, judged one by one."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageStat

from bot.desk import stamp
from desk_office import DeskOffice, Photo, grey_photo, opened, small_pdf
from storage import tickets

PDF = "application/pdf"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi")
        office.hires("andi", "Pak Andi", "ma")
        yield office


def answers(office: DeskOffice, number: str) -> dict[str, list[str]]:
    row = office.database.read(lambda tx: tickets.look(tx, number))
    return dict(row.answers)


def difference(one: bytes, other: bytes) -> float:
    """How far two pictures are from each other, 0 to 255."""
    pair = [Image.open(BytesIO(each)).convert("L") for each in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*pair)).mean[0])


# --- marked with the viewer -----------------------------------------------------------


def test_a_photo_is_marked_with_who_looks_and_never_kept(office):
    number = office.receives(photos={"kk_photo": [Photo()]})
    file = answers(office, number)["kk_photo"][0]
    sari, budi = office.signed_in(), office.signed_in("budi")
    hers = sari.http.get(f"/desk/files/{file}")
    assert hers.headers["content-type"] == "image/jpeg"
    assert hers.headers["content-disposition"] == f'inline; filename="{number}.jpg"'
    assert "sandbox" in hers.headers["content-security-policy"]
    assert hers.headers["cache-control"] == "no-store"
    assert hers.headers["x-content-type-options"] == "nosniff"
    assert difference(hers.content, grey_photo()) > 1
    assert difference(hers.content, budi.http.get(f"/desk/files/{file}").content) > 1
    same = sari.http.get(f"/desk/files/{file}").content
    assert same == hers.content
    office.waits(minutes=1)
    assert sari.http.get(f"/desk/files/{file}").content != same


def test_the_stored_photo_stays_as_it_was(office):
    number = office.receives(photos={"kk_photo": [Photo()]})
    file = answers(office, number)["kk_photo"][0]
    office.signed_in().http.get(f"/desk/files/{file}")
    assert office.vault.get(file, "pu") == grey_photo()


@pytest.mark.parametrize(("turn", "size"), [("0", (320, 200)), ("1", (200, 320)),
                                            ("2", (320, 200)), ("9", (320, 200))])  # fmt: skip
def test_a_photo_is_turned_by_its_address(office, turn, size):
    number = office.receives(photos={"kk_photo": [Photo()]})
    file = answers(office, number)["kk_photo"][0]
    answer = office.signed_in().http.get(f"/desk/files/{file}?turn={turn}")
    assert Image.open(BytesIO(answer.content)).size == size


def test_turning_goes_clockwise():
    photo = Image.new("RGB", (400, 200), "white")
    photo.paste("black", (0, 0, 60, 60))
    data = BytesIO()
    photo.save(data, "JPEG")
    turned = Image.open(BytesIO(stamp.picture(data.getvalue(), "x", 1)))
    assert turned.size == (200, 400)
    assert turned.getpixel((170, 30))[0] < 120  # top left has become top right


def test_a_large_photo_is_served_no_larger_than_needed():
    data = BytesIO()
    Image.new("RGB", (3000, 2000), "grey").save(data, "JPEG")
    assert Image.open(BytesIO(stamp.picture(data.getvalue(), "x"))).size == (2400, 1600)
    small = stamp.picture(data.getvalue(), "x", side=stamp.SMALL)
    assert Image.open(BytesIO(small)).size == (1400, 933)


def test_no_part_of_a_photo_is_without_the_mark():
    data = BytesIO()
    Image.new("RGB", (1600, 1200), (128, 128, 128)).save(data, "JPEG", quality=95)
    marked = Image.open(BytesIO(stamp.picture(data.getvalue(), "Bu Sari (sari)"))).convert("L")
    for left in range(0, 1600, 400):
        for top in range(0, 1200, 300):
            low, high = marked.crop((left, top, left + 400, top + 300)).getextrema()
            assert high - low > 20, (left, top)


def test_a_pdf_is_handed_over_with_the_mark_on_every_page(office):
    number = office.receives(photos={"kk_photo": [Photo(media_type=PDF)]})
    file = answers(office, number)["kk_photo"][0]
    answer = office.signed_in().http.get(f"/desk/files/{file}")
    assert answer.headers["content-type"] == PDF
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.content != small_pdf()
    with pikepdf.open(BytesIO(answer.content)) as document:
        assert len(document.pages) == 2
        for page in document.pages:
            form = next(iter(page.Resources.XObject.values()))
            assert b"Bu Sari (sari)".hex().encode() in form.read_bytes()


def test_the_pages_of_a_pdf_are_looked_at_as_pictures(office):
    number = office.receives(photos={"kk_photo": [Photo(media_type=PDF)]})
    file = answers(office, number)["kk_photo"][0]
    officer = office.signed_in()
    page = officer.sees(f"/desk/tickets/{number}/files/{file}?page=2")
    assert "Halaman 2 dari 2" in page
    assert f'src="/desk/files/{file}?turn=0&page=2"' in page
    sizes = []
    for sheet in ("1", "2"):
        answer = officer.http.get(f"/desk/files/{file}?page={sheet}")
        assert answer.headers["content-type"] == "image/jpeg"
        sizes.append(Image.open(BytesIO(answer.content)).size)
    assert sizes[0] == sizes[1][::-1]
    for odd in ("0", "3", "999999", "x", "-1", "\u0663"):
        assert officer.http.get(f"/desk/files/{file}?page={odd}").status_code == 404


# --- one after the other --------------------------------------------------------------


def test_the_viewer_leads_from_photo_to_photo_by_plain_links(office):
    photos = {"police": [Photo()], "kk_photo": [Photo("blurred"), Photo()]}
    number = office.receives(photos=photos)
    first, *others = [f for step in ("police", "kk_photo") for f in answers(office, number)[step]]
    officer, here = office.signed_in(), f"/desk/tickets/{number}/files"
    page = officer.sees(f"{here}/{first}")
    assert "1 dari 3" in page
    assert 'rel="prev"' not in page
    assert f'href="{here}/{others[0]}" rel="next"' in page
    assert f'href="{here}/{first}?turn=1&amp;zoom=0"' in page.replace("&zoom", "&amp;zoom")
    last = officer.sees(f"{here}/{others[1]}")
    assert "3 dari 3" in last
    assert 'rel="next"' not in last
    assert f'href="{here}/{others[0]}" rel="prev"' in last


def test_the_viewer_knows_only_the_files_of_its_ticket(office):
    number, other = office.receives(), office.receives()
    foreign = office.receives(office="ma", kelurahan="sukaramai_i")
    officer = office.signed_in()
    mine = answers(office, number)["police"][0]
    theirs = answers(office, foreign)["police"][0]
    for path in (f"{number}/files/nothing", f"{other}/files/{mine}", f"{number}/files/{theirs}",
                 f"{foreign}/files/{theirs}"):  # fmt: skip
        assert officer.http.get(f"/desk/tickets/{path}").status_code == 404, path


# --- judged ---------------------------------------------------------------------------


def test_documents_are_judged_one_by_one_and_the_refused_ones_asked_for_again(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    officer = office.signed_in()
    assert "0 dari 2 diperiksa" in officer.sees(f"/desk/tickets/{number}")
    answer = officer.judges(number, "police", "accepted")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/desk/tickets/{number}#paper-kk_photo"
    answer = officer.judges(number, "kk_photo", "refused", reason="old_card")
    assert answer.headers["location"] == f"/desk/tickets/{number}#acts"
    page = officer.sees(f"/desk/tickets/{number}")
    assert "2 dari 2 diperiksa" in page
    assert office.heard(chat) == []
    officer.moves(number, "send_back", note="Kantor buka sampai jam 3.")
    said = office.heard(chat)[0].text
    assert "Kartu Keluarga (KK): ini KK lama, kirim KK yang terbaru" in said
    assert "Kantor buka sampai jam 3." in said
    assert "Diminta ulang" in officer.sees(f"/desk/tickets/{number}")


def test_a_refusal_without_a_reason_keeps_the_form_open(office):
    number = office.receives()
    answer = office.signed_in().judges(number, "police", "refused", note="a" * 201)
    assert answer.status_code == 422
    assert "Alasannya terlalu panjang" in answer.text
    assert "a" * 201 in answer.text


def test_the_second_judge_is_told(office):
    number = office.receives()
    sari, budi = office.signed_in(), office.signed_in("budi")
    page = budi.sees(f"/desk/tickets/{number}")
    sari.judges(number, "police", "accepted")
    path = f"/desk/tickets/{number}/papers/police"
    answer = budi.http.post(path, data={**budi.form(page, path), "decision": "accepted"})
    assert answer.status_code == 409
    assert "Bu Sari" in answer.text
    assert "sudah diambil lebih dulu" in answer.text


def test_a_document_judged_in_the_viewer_leads_to_the_next_one(office):
    number = office.receives()
    files = answers(office, number)
    officer = office.signed_in()
    path = f"/desk/tickets/{number}/papers/police"
    page = officer.sees(f"/desk/tickets/{number}/files/{files['police'][0]}")
    answer = officer.http.post(path, data={**officer.form(page, path), "decision": "accepted"})
    assert answer.headers["location"] == f"/desk/tickets/{number}/files/{files['kk_photo'][0]}"


def test_a_result_is_not_handed_over_before_the_originals_were_shown(office):
    number = office.receives()
    officer = office.signed_in()
    officer.moves(number, "take")
    officer.moves(number, "finish")
    answer = officer.moves(number, "hand_over")
    assert answer.status_code == 422
    assert "Centang dulu asli yang ditunjukkan" in answer.text
    assert officer.shows(number, "police", "kk_photo", "mandate") == [303, 303, 409]
    assert "dicek Anda" in officer.sees(f"/desk/tickets/{number}")
    assert officer.moves(number, "hand_over").status_code == 303


def test_a_twin_is_shown_with_a_link_and_without_the_nik(office):
    first, second = office.receives(), office.receives()
    officer = office.signed_in()
    page = officer.sees(f"/desk/tickets/{second}")
    assert "Mungkin ganda" in page
    assert f'href="/desk/tickets/{first}"' in page
    queue = officer.sees()
    assert queue.count("Mungkin ganda") == 2
    assert "3302271708900003" not in queue

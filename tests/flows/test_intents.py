"""Free text finds its service, and chit-chat finds none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.intents import Hint, Intents


def hint(flow: str, *words: str, **answers: str) -> Hint:
    return Hint(flow, answers, words)


HINTS = (
    hint("ktp_rekam", "Perekaman KTP-el pertama", "bikin ktp", "ktp baru", "rekam ktp"),
    hint("ktp_ganti", "Ganti KTP-el", "ganti ktp", "cetak ulang ktp"),
    hint("ktp_ganti", "ktp hilang", "kehilangan ktp", "dompet hilang", "ktp jatuh", reason="lost"),
    hint("ktp_ganti", "ktp rusak", "ktp patah", "ktp buram", reason="damaged"),
    hint("kk", "Kartu Keluarga", "kk", "ubah kk"),
    hint("kk", "kk hilang", "kartu keluarga hilang", reason="lost"),
    hint("kk", "tambah anggota keluarga", "tambah anak kk", reason="add"),
    hint("akta_lahir", "Akta kelahiran", "akta lahir", "akta anak", "bayi lahir"),
    hint("akta_mati", "Akta kematian", "meninggal dunia", "orang meninggal", "meninggal"),
    hint("sktm", "Surat keterangan tidak mampu", "sktm", "surat miskin"),
    hint("domisili", "Surat keterangan domisili", "domisili", "surat tempat tinggal"),
    hint("pindah", "Pindah alamat", "pindah rumah", "skpwni", "pindah domisili"),
    hint("usaha", "Surat keterangan usaha", "sku", "buka warung"),
    hint("nikah", "Dispensasi nikah", "nikah", "kawin"),
    hint("ramai", "Izin keramaian", "hajatan"),
)
SLANG = {"bkin": "bikin", "ilg": "hilang", "ilang": "hilang", "gmn": "gimana", "gk": "tidak"}
SLANG |= {"akte": "akta", "srt": "surat", "mninggal": "meninggal"}
INTENTS = Intents(HINTS, SLANG)


@pytest.mark.parametrize(
    ("text", "flow", "answers"),
    [
        ("bkin ktp ilg gmn yaa", "ktp_ganti", {"reason": "lost"}),
        ("KTP saya hilang", "ktp_ganti", {"reason": "lost"}),
        ("ktpku ilang di pasar pak", "ktp_ganti", {"reason": "lost"}),
        ("dompet saya jatuh, ktp hilang", "ktp_ganti", {"reason": "lost"}),
        ("ktp istri saya patah", "ktp_ganti", {"reason": "damaged"}),
        ("ktp baru anak umur 17", "ktp_rekam", {}),
        ("mau ganti ktp", "ktp_ganti", {}),
        ("kartu kelurga hilng", "kk", {"reason": "lost"}),
        ("kartu keluarga", "kk", {}),
        ("mau nambah anak, tambah anak kk gimana caranya", "kk", {"reason": "add"}),
        ("anak saya baru lahir belum punya akte", "akta_lahir", {}),
        ("bapak saya mninggal kemarin", "akta_mati", {}),
        ("ngurus akta kematian ibu", "akta_mati", {}),
        ("SKTM", "sktm", {}),
        ("mau bikin srt keterangan tdk mampu buat sekolah", "sktm", {}),
        ("surat domisili", "domisili", {}),
        ("mau pindah domisili", "pindah", {}),
        ("pindah rumah ke semarang", "pindah", {}),
        ("saya mau nikah bulan depan", "nikah", {}),
        ("besok ada hajatan", "ramai", {}),
    ],
)
def test_free_text_finds_its_service(text, flow, answers):
    found = INTENTS.best(text)
    assert found is not None
    assert (found.flow, found.answers) == (flow, answers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "halo",
        "selamat pagi pak",
        "Assalamualaikum wr wb",
        "terima kasih banyak ya",
        "lagi apa min?",
        "apa kabar hari ini, cuaca cerah sekali",
        "saya suka makan bakso",
        "wkwkwk",
        "😀",
        "123",
        "3302271708900003",
        "surat",
        "mau bikin surat",
    ],
)
def test_greetings_and_chit_chat_find_nothing(text):
    assert INTENTS.best(text) is None
    assert INTENTS.near(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "ktp",
        "hilang",
        "ktp hilang atau rusak",
        "kucing saya hilang",
        "kemarin saya lihat orang jualan ktp palsu di pasar ramai sekali",
    ],
)
def test_an_unclear_text_is_not_decided(text):
    assert INTENTS.best(text) is None


def test_an_unclear_text_has_at_most_three_suggestions():
    assert 1 < len(INTENTS.near("ktp")) <= 3
    assert {each.flow for each in INTENTS.near("ktp")} == {"ktp_rekam", "ktp_ganti"}
    assert [each.answers for each in INTENTS.near("ktp hilang atau rusak")][:2] in (
        [{"reason": "lost"}, {"reason": "damaged"}],
        [{"reason": "damaged"}, {"reason": "lost"}],
    )


def test_what_is_meant_most_likely_is_suggested_first():
    assert INTENTS.near("ktp saya hilang")[0] == HINTS[2]


def test_no_hints_find_nothing():
    assert Intents((), {}).best("ktp") is None


@given(st.text())
def test_any_text_can_be_ranked(text):
    assert len(INTENTS.near(text)) <= 3
    best = INTENTS.best(text)
    assert best is None or best == INTENTS.near(text)[0]


@given(st.sampled_from(HINTS), st.data())
def test_every_service_is_suggested_by_its_own_words(expected, data):
    phrase = data.draw(st.sampled_from(expected.words))
    near = INTENTS.near(f"saya mau {phrase} pak")
    assert expected.flow in {each.flow for each in near}

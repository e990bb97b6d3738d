"""One multipart form with one file, however the network cuts it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.upload import Crowded, Form, Room, TooBig, Unreadable, Upload

KIND = "multipart/form-data; boundary=cut"


def form(data: bytes, **fields: str) -> bytes:
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="KTP saya.jpg"\r\n'
    return b"".join((*parts, head, b"Content-Type: image/jpeg\r\n\r\n", data, b"\r\n--cut--\r\n"))


def read(chunks: Sequence[bytes], most: int = 1000, room: Room | None = None) -> Form:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def reading() -> Form:
        with Upload(KIND, most, room or Room(10**6)) as upload:
            return await upload.read(stream())

    return asyncio.run(reading())


@given(st.binary(max_size=300), st.lists(st.integers(1, 60), max_size=40))
def test_a_form_is_the_same_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    whole, chunks = form(data, id="7", caption="foto"), []
    for cut in cuts:
        chunks.append(whole[:cut])
        whole = whole[cut:]
    found = read([*chunks, whole])
    assert found == Form({"id": "7", "caption": "foto"}, "KTP saya.jpg", data)


def test_what_looks_like_a_boundary_inside_a_photo_is_kept() -> None:
    assert read([form(b"\r\n--cu\r\n--\r\n")]).data == b"\r\n--cu\r\n--\r\n"


@pytest.mark.parametrize("size", [0, 999, 1000])
def test_a_file_up_to_the_limit_is_taken(size: int) -> None:
    assert len(read([form(b"x" * size)]).data or b"") == size


@pytest.mark.parametrize("size", [1001, 70_000, 5_000_000])
def test_a_larger_one_is_not(size: int) -> None:
    data = form(b"x" * size)
    with pytest.raises(TooBig):
        read([data[at : at + 9000] for at in range(0, len(data), 9000)])


@pytest.mark.parametrize("cut", [5, 40, 100, 140])
def test_a_form_that_is_cut_off_is_not_taken_for_whole(cut: int) -> None:
    with pytest.raises(Unreadable):
        read([form(b"photo", id="7")[:cut]])


def test_a_form_without_a_file_is_no_upload() -> None:
    with pytest.raises(Unreadable):
        read([b'--cut\r\nContent-Disposition: form-data; name="id"\r\n\r\n7\r\n--cut--\r\n'])


def test_memory_is_given_back_after_success_and_failure() -> None:
    room = Room(2000)
    for _ in range(5):
        read([form(b"x" * 900)], room=room)
        with pytest.raises(Unreadable):
            read([form(b"x" * 900)[:-30]], room=room)
    with pytest.raises(Crowded):
        read([form(b"x" * 900)], room=Room(500))
    assert room._left == 2000

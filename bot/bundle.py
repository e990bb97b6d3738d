"""A citizen's copy of their data: a ZIP with a page to read, the same for machines, and photos."""

import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Any

import orjson
from starlette.responses import StreamingResponse

from bot.desk.pages import Pages
from handlers.portrait import Portrait
from storage.files import Missing, Vault

IN_MEMORY = 8 * 1024 * 1024
"""Bytes; a larger copy is put together in a nameless file."""
CHUNK = 64 * 1024


def bundle(portrait: Portrait, vault: Vault, pages: Pages) -> IO[bytes]:
    """The ZIP, at its beginning; slow, for a thread."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  streamed
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        page = pages.render("data_copy.html", portrait=portrait)
        archive.writestr("data-saya.html", bytes(page.body))
        archive.writestr("data-saya.json", orjson.dumps(_plain(portrait)))
        for each in portrait.files:
            try:
                archive.writestr(each.name, vault.get(each.id, each.office_id))
            except Missing:
                continue  # erased while the copy was made
    file.seek(0)
    return file


def _plain(portrait: Portrait) -> dict[str, Any]:
    data = asdict(portrait)
    data["files"] = [each.name for each in portrait.files]
    return data


def answer(file: IO[bytes]) -> StreamingResponse:
    """The ZIP as a download."""

    def parts() -> Iterator[bytes]:
        with file:
            while part := file.read(CHUNK):
                yield part

    headers = {"content-disposition": 'attachment; filename="data-saya.zip"'}
    return StreamingResponse(parts(), media_type="application/zip", headers=headers)

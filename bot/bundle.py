"""A citizen's copy of their data: a ZIP with a page to read, the same for machines, and photos."""

import logging
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import IO, Any

import orjson
from starlette.responses import StreamingResponse

from bot.desk.pages import Pages
from handlers.copied import File
from handlers.portrait import Portrait
from storage.files import Missing, Tampered, Vault

log = logging.getLogger(__name__)

IN_MEMORY = 8 * 1024 * 1024
"""Bytes; a larger copy is put together in a nameless file."""
CHUNK = 64 * 1024


def bundle(portrait: Portrait, vault: Vault, pages: Pages) -> IO[bytes]:
    """The ZIP, at its beginning; slow, for a thread."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  streamed
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        missing = [each.name for each in portrait.files if not _put(archive, vault, each)]
        page = pages.render("data_copy.html", portrait=portrait, missing=missing)
        archive.writestr("data-saya.html", bytes(page.body))
        archive.writestr("data-saya.json", orjson.dumps(_plain(portrait, missing)))
    file.seek(0)
    return file


def _put(archive: zipfile.ZipFile, vault: Vault, file: File) -> bool:
    """Add a file; False when it cannot be had: the rest is the citizen's all the same."""
    try:
        data = vault.get(file.id, file.office_id)
    except Missing:
        return False  # erased while the copy was made
    except Tampered:
        log.error("file %s cannot be opened", file.id)
        return False
    archive.writestr(file.name, data)
    return True


def _plain(portrait: Portrait, missing: Sequence[str]) -> dict[str, Any]:
    data = asdict(portrait)
    data["files"] = [each.name for each in portrait.files if each.name not in missing]
    return {**data, "missing": missing}


def answer(file: IO[bytes]) -> StreamingResponse:
    """The ZIP as a download."""

    def parts() -> Iterator[bytes]:
        with file:
            while part := file.read(CHUNK):
                yield part

    headers = {"content-disposition": 'attachment; filename="data-saya.zip"'}
    return StreamingResponse(parts(), media_type="application/zip", headers=headers)

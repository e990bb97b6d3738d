"""What is printed: a template of templates/print and its data become a PDF, by Typst.

Data reach a template as values, never as markup, so whatever a citizen typed is printed as it
stands.  The same data give the same bytes.  Nothing is fetched: the fonts are those inside
the typst package, and templates import no packages.  Knows nothing of tickets.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import segno

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "print"
AT_ONCE = 2
"""Papers made at the same time: each takes a core for some milliseconds."""
QUIET_ZONE = 4
"""Light modules around a QR code, as ISO/IEC 18004 asks for."""


class Press:
    """Makes papers in threads, a few at a time; call outside of any transaction."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    async def print(self, name: str, data: Mapping[str, Any], now: datetime) -> bytes:
        """The PDF of templates/print/NAME.typ with these data; `now` is written into it."""
        async with self._free:
            return await asyncio.to_thread(pdf, name, data, now)


def pdf(name: str, data: Mapping[str, Any], now: datetime) -> bytes:
    """The PDF of a template with these data."""
    (paper,) = _compiled(name, data, "pdf", now)
    return paper


def png(name: str, data: Mapping[str, Any], now: datetime, ppi: float = 203) -> list[bytes]:
    """The pages as pictures: how they come out of a printer with so many dots an inch."""
    return _compiled(name, data, "png", now, ppi)


def qr(text: str) -> str:
    """A QR code as SVG: printed by the templates, and shown on pages."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return code.svg_inline(border=QUIET_ZONE, omitsize=True, light="#fff")


def _compiled(
    name: str, data: Mapping[str, Any], kind: Literal["pdf", "png"], now: datetime, ppi: float = 203
) -> list[bytes]:
    import typst  # 30 MB that a program which prints nothing does without

    made = typst.compile(
        FOLDER / f"{name}.typ",
        root=FOLDER,
        ignore_system_fonts=True,
        font_paths=[],
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format=kind,
        ppi=ppi,
        timestamp=int(now.timestamp()),
        package_path=FOLDER,
        package_cache_path=FOLDER,
    )
    return made if isinstance(made, list) else [made]

"""All parts in one run: `python -m bench [part…] [--quick]`.

A full run writes bench/RESULTS.md; a quick one, and one of some parts only, is just printed.
Each part runs in a process of its own, so that none inherits another's memory.
"""

import argparse
import importlib
import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from bench import machine
from bench.aims import aims
from bench.common import QUICK, Part, Size, table

PARTS = (
    "turns", "webhook", "ptb", "aiogram_fsm", "raw", "whatsapp", "due", "broadcast", "growth",
    "desk",
)  # fmt: skip
RESULTS = Path(__file__).parent / "RESULTS.md"
LONGEST = 1800.0
"""Seconds that a part may take."""


def main() -> None:
    """Run the parts that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    size = QUICK if given.quick else Size()
    described = machine.describe()
    measured = {}
    for name in PARTS:
        if name in given.parts or not given.parts:
            print(f"… {name}", flush=True)
            measured[name] = _measure(name, size)
            print(*measured[name].lines, sep="\n", flush=True)
    text = _report(described, measured)
    print(text)
    if not given.quick and not given.parts:
        RESULTS.write_text(text, encoding="utf-8")


def _measure(name: str, size: Size) -> Part:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        part: Part = pool.submit(_module(name).run, size).result(LONGEST)
    return part


def _module(name: str) -> Any:
    return importlib.import_module(f"bench.{name}")


def _report(described: list[tuple[str, str]], measured: Mapping[str, Part]) -> str:
    lines = [
        "# What Loket costs, and what its peers do",
        "",
        f"Written by `make bench` on {date.today():%d %B %Y}. Figures are medians, with the least "
        "and the most in parentheses. Machines differ and are noisy: the ratios are what counts.",
        *table(("machine", ""), *described, ("load after the run", f"{os.getloadavg()[0]:.1f}")),
        "The conversation is the same everywhere: six turns of a real service (a deep link, three "
        "taps, two texts), many chats interleaved. Each part says what it leaves out.",
        *table(("", "measured", "aim", ""), *aims({n: p.figures for n, p in measured.items()})),
    ]
    for name, part in measured.items():
        title, _, rest = _module(name).__doc__.partition("\n")
        lines += [f"## {title}", "", *rest.strip().split("\n"), "", *part.lines]
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


if __name__ == "__main__":
    main()

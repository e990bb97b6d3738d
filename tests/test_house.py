"""The laws of the house, held against the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from storage.tables import METADATA

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "handlers", "flows", "storage")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
VOCABULARY = {
    # What people type is data of the checks; what we say is not.
    "flows/checks.py", "flows/cleaning.py", "flows/dates.py", "flows/days.py",
    "flows/identity.py", "flows/intents.py", "flows/keywords.py", "flows/numerals.py",
    "flows/options.py", "flows/places.py", "flows/words.py", "flows/written_dates.py",
    "flows/calendar.py", "bot/demo/story.py",
}  # fmt: skip
INDONESIAN = re.compile(
    r"\b(yang|tidak|belum|sudah|silakan|mohon|kirim|tulis|anda|bapak|ibu|surat|foto ini)\b", re.I
)


def run(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_run_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_linter_is_content() -> None:
    run("ruff", "check", ".")


def test_the_code_is_formatted() -> None:
    run("ruff", "format", "--check", ".")


def test_the_types_are_right() -> None:
    run("mypy")


def test_only_the_edge_is_async() -> None:
    for path in SOURCES:
        if path.is_relative_to(ROOT / "bot"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), path


def test_staff_move_tickets_in_one_way() -> None:
    """Everything demanded of a move is in `handlers/moves.py`; the clock demands nothing."""
    for path in SOURCES:
        if path.name in ("moves.py", "reminders.py"):
            continue
        tree = ast.parse(path.read_text())
        imported = {
            (node.module, name.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for name in node.names
        }
        assert ("handlers.tickets", "move") not in imported, path
        if ("handlers", "tickets") in imported:
            assert not any(_is_move(node) for node in ast.walk(tree)), path


def _is_move(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "move"
        and isinstance(node.value, ast.Name)
        and node.value.id == "tickets"
    )


def test_flows_know_no_clock_no_file_and_no_network() -> None:
    forbidden = {"os", "io", "pathlib", "socket", "sqlite3", "sqlalchemy", "time", "asyncio"}
    for path in sorted((ROOT / "flows").glob("*.py")):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not forbidden & {name.name.split(".")[0] for name in node.names}, path
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in forbidden, path
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today") or not _is_clock(node), path


def _is_clock(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")


def test_every_module_says_what_it_is_for() -> None:
    for path in SOURCES:
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_words_for_people_are_not_in_python() -> None:
    for path in SOURCES:
        if str(path.relative_to(ROOT)) in VOCABULARY:
            continue
        tree = ast.parse(path.read_text())
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                told = INDONESIAN.search(node.value) if id(node) not in docstrings else None
                assert told is None or _is_comment(node.value), f"{path}: {node.value!r}"


def _is_comment(text: str) -> bool:
    """A string under an assignment documents it in English and may quote a word."""
    return len(text) > 40 and " the " in f" {text} "


@pytest.mark.parametrize("table", METADATA.tables.values(), ids=str)
def test_every_table_carries_its_office(table: object) -> None:
    assert "office_id" in table.columns  # type: ignore[attr-defined]


def test_no_word_of_the_desk_is_said_twice() -> None:
    """Of two with one name the last would be shown for both."""
    words = (ROOT / "templates" / "desk" / "words.html").read_text()
    for name, body in re.findall(r"{% set (\w+) = {(.*?)^} %}", words, re.DOTALL | re.MULTILINE):
        keys = re.findall(r'^ *"(\w+)":', body, re.MULTILINE)
        assert sorted(keys) == sorted(set(keys)), name


def test_the_docs_name_what_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for path in re.findall(r"`((?:bot|handlers|flows|storage|tests)/[\w/]+\.py)`", text):
        assert (ROOT / path).exists(), path
    readme = (ROOT / "README.md").read_text()
    for path in re.findall(r"\]\(((?!http)[^)]+)\)", readme):
        assert (ROOT / path).exists(), path

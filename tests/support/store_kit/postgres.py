"""A PostgreSQL server for the tests: its own data folder, a unix socket, no network, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

PLACES = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"), Path("/usr/bin"))
_numbers = count(1)


def find_programs() -> Path | None:
    """Return the folder that holds ``initdb``, ``postgres`` and ``pg_ctl``, or ``None``."""
    on_path = shutil.which("initdb")
    places = (*PLACES, Path(on_path).parent) if on_path else PLACES
    needed = ("initdb", "postgres", "pg_ctl")
    return next((place for place in places if all((place / name).exists() for name in needed)), None)


class Server:
    """A running server; ``new_database`` gives an address of a fresh, migrated database."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._has_template = False

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user."""
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, user=self._user, cwd=self._folder)

    def url(self, name: str) -> str:
        """Return the address of a database of this server."""
        return f"postgresql://tests@/{name}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def empty_database(self) -> str:
        """Return the address of a new database without tables."""
        name = f"empty{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def new_database(self) -> str:
        """Return the address of a new database with our tables."""
        from annotator.store import open_store

        if not self._has_template:
            self.execute("CREATE DATABASE ours TEMPLATE template0")
            open_store(self.url("ours")).close()
            self._has_template = True
        name = f"test{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE ours")
        return self.url(name)


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """Start a server in a temporary folder; root hands it to an ordinary user, as PostgreSQL demands."""
    user = _ordinary_user() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        server = Server(programs, folder, user)
        data = folder / "data"
        server.run("initdb", "--pgdata", str(data), "--auth=trust", "--username=tests", "--encoding=UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=80"
        server.run(
            "pg_ctl", "--pgdata", str(data), "--wait", f"--log={folder / 'log'}", f"--options={options}", "start"
        )
        try:
            yield server
        finally:
            server.run("pg_ctl", "--pgdata", str(data), "--mode=immediate", "stop")


def _ordinary_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody", *sorted(names - {"root"})) if name in names)

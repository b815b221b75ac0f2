"""Fixtures of the store's tests; a folder's ``conftest.py`` imports the ones it needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotator.documents import Document
from annotator.store import open_store
from annotator.store.sql_store import SqlStore
from store_kit.edits import PROJECT, SMALL, SMALL_SOURCE, TEXT
from store_kit.postgres import Server, find_programs, running_server

NewAddress = Callable[[str], str]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, or the reason why there is none."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server programs (initdb, postgres, pg_ctl) on this machine")
    with running_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def new_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewAddress:
    """Give the address of a new database of a kind; migrations run once, the rest are copies."""
    template = tmp_path_factory.mktemp("template") / "annotator.db"
    open_store(template).close()

    def new(kind: str) -> str:
        if kind == "sqlite":
            return str(shutil.copy(template, tmp_path_factory.mktemp("store")))
        server: Server = request.getfixturevalue("postgres")
        return server.new_database()

    return new


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, new_address: NewAddress) -> str:
    """The address of a new database, once for each kind."""
    return new_address(request.param)


@pytest.fixture
def store(address: str) -> Iterator[SqlStore]:
    """An empty store, once for each kind of database."""
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def project(store: SqlStore) -> SqlStore:
    """A store with project ``syria``, annotators ana and ben, and documents a (:data:`TEXT`) and b."""
    return filled(store)


@pytest.fixture
def sqlite_path(new_address: NewAddress) -> Path:
    """A closed SQLite database with the same content, alone in its folder."""
    path = Path(new_address("sqlite"))
    filled(opened := open_store(path))
    opened.close()
    return path


def filled(store: SqlStore) -> SqlStore:
    """Put in the project of :func:`project`."""
    store.create_project(PROJECT, title="Syria", codebook=SMALL, codebook_source=SMALL_SOURCE)
    for name in ("ana", "ben"):
        store.add_annotator(PROJECT, name)
    documents = [
        Document("a", TEXT, title="Bases", outlet="Agency", published="2023-08-29", event="oil"),
        Document("b", "Another text, without loaded words.", outlet="Blog", published="2023-08", event="oil"),
    ]
    assert [outcome.outcome for outcome in store.add_documents(PROJECT, documents)] == ["added", "added"]
    return store

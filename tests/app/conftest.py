"""The pages without a browser: Streamlit's AppTest on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from browser_kit.app import go_to
from browser_kit.corpus import Projects
from browser_kit.kinds import OpenApp
from streamlit.testing.v1 import AppTest

from annotator.store import open_store
from annotator.store.base import Store

SECONDS = 60


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The database that the pages of this test open."""
    path = tmp_path / "annotator.db"
    monkeypatch.setenv("ANNOTATOR_DB", str(path))
    monkeypatch.delenv("ANNOTATOR_PROJECT", raising=False)
    st.cache_resource.clear()
    store = open_store(path)
    yield store
    store.close()
    st.cache_resource.clear()


@pytest.fixture
def projects(store: Store) -> Projects:
    """Makes projects in that database."""
    return Projects(store)


@pytest.fixture
def app(repository: Path, store: Store) -> OpenApp:
    """Opens pages; a page that raises fails the test."""

    def open_app(url_path: str = "", **address: str) -> AppTest:
        at = AppTest.from_file(str(repository / "app.py"), default_timeout=SECONDS)
        for name, value in address.items():
            at.query_params[name] = value
        at = go_to(at, url_path) if url_path else at.run()
        assert not at.exception
        return at

    return open_app

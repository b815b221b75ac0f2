"""Per-project settings: every page takes every value the toolbar of the editor can set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from annotator.errors import StoreError
from annotator.ui import carrier, navigation, session


def test_slider_of_the_browser_has_the_bounds_of_the_pages() -> None:
    toolbar = Path(session.__file__).parent / "frontend" / "toolbar.js"
    found = re.search(r"min: ([\d.]+),\s+max: ([\d.]+),", toolbar.read_text(encoding="utf-8"))
    assert found is not None
    assert tuple(map(float, found.groups())) == (session.LOWEST, session.HIGHEST)


def test_wish_the_database_refuses_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def refuse(_store: Any, _intent: dict[str, Any]) -> None:
        raise StoreError("Database a.db: attempt to write a readonly database.")

    monkeypatch.setattr(navigation, "follow", refuse)
    monkeypatch.setattr(session, "say", lambda message, icon: said.append(message))
    carrier._follow(None, {"id": "1", "kind": "setting"})  # type: ignore[arg-type]
    assert said == ["Not done: Database a.db: attempt to write a readonly database."]

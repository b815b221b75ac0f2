"""Types of the fixtures that are functions."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import BrowserContext
from streamlit.testing.v1 import AppTest

from annotator.annotations import LabelledSpan


class NewContext(Protocol):
    """Makes a watched browser context."""

    def __call__(self, *, address: str | None = None, **options: object) -> BrowserContext: ...


class Stored(Protocol):
    """Asks the database for an annotator's spans."""

    def __call__(self, project: str, document: str = "harbour-1", annotator: str = "ana") -> list[LabelledSpan]: ...


class OpenApp(Protocol):
    """Opens a page of the app (Annotate when none is named) with parameters in its address."""

    def __call__(self, url_path: str = "", **address: str) -> AppTest: ...

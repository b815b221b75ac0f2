"""Types of the fixtures that are functions."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import BrowserContext

from annotator.annotations import LabelledSpan


class NewContext(Protocol):
    """Makes a watched browser context."""

    def __call__(self, *, address: str | None = None, **options: object) -> BrowserContext: ...


class Stored(Protocol):
    """Asks the database for an annotator's spans."""

    def __call__(self, project: str, document: str = "harbour-1", annotator: str = "ana") -> list[LabelledSpan]: ...

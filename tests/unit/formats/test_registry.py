"""Formats of other packages join by entry point."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints

import pytest

import annotator.formats as formats
from annotator.errors import FormatError
from annotator.formats import Format, ReadItem, ReadOptions, Source


def read_nothing(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    return iter(())


CONLL = Format("conll", (".conll",), read_nothing, sample="")


def install(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    entry = EntryPoint(name, f"{__name__}:CONLL", formats.ENTRY_POINTS)
    monkeypatch.setattr(EntryPoint, "load", lambda self: CONLL)
    monkeypatch.setattr(formats, "entry_points", lambda group: EntryPoints([entry]).select(group=group))


def test_outside_format_is_known_by_name_and_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "conll")
    assert formats.format_named("conll") is CONLL
    assert list(formats.read_uploads([("a.conll", b"")])) == []


def test_name_taken_twice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "jsonl")
    with pytest.raises(FormatError, match=r"Format 'jsonl' is registered twice, the second time by .*CONLL"):
        formats.all_formats()

"""Writing: whole files or none, nothing overwritten unasked, losses counted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.formats import FORMATS, Article, count_losses, format_named, write_file, write_stream

ARTICLE = Article(Document("../../x", "One."))


def test_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"
    target.write_text("mine")
    with pytest.raises(FormatError, match=r"a.jsonl: it exists. Choose another name, or replace it with --force."):
        write_file([ARTICLE], target, format=FORMATS["jsonl"])
    assert target.read_text() == "mine"
    write_file([ARTICLE], target, format=FORMATS["jsonl"], force=True)
    assert "One." in target.read_text()


@pytest.mark.parametrize("name", ["jsonl", "csv", "parquet"])
def test_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path, name: str) -> None:
    def failing() -> Iterator[Article]:
        yield ARTICLE
        raise RuntimeError("power cut")

    target = tmp_path / "a"
    target.write_text("mine")
    with pytest.raises(RuntimeError, match="power cut"):
        write_file(failing(), target, format=FORMATS[name], force=True)
    assert target.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["jsonl", "csv", "parquet", "datasets"])
def test_ids_never_become_paths(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    write_file([ARTICLE, Article(Document("/etc/x", "Two."))], inside / "out", format=FORMATS[name])
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert [path.name for path in inside.iterdir()] == ["out"]


def test_force_replaces_a_datasets_folder_and_no_other(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(FormatError, match="is no datasets folder, and --force does not remove anything else"):
        write_file([ARTICLE], mine, format=FORMATS["datasets"], force=True)
    assert (mine / "thesis.txt").exists()
    for _ in range(2):
        write_file([ARTICLE], tmp_path / "set", format=FORMATS["datasets"], force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "set"]


def test_file_is_not_written_over_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="is a folder"):
        write_file([ARTICLE], tmp_path, format=FORMATS["jsonl"], force=True)


def test_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there is no folder"):
        write_file([ARTICLE], tmp_path / "no" / "a.jsonl", format=FORMATS["jsonl"])


@pytest.mark.parametrize("name", ["txt", "md", "html"])
def test_format_that_is_only_read_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="can be read but not written"):
        write_file([ARTICLE], tmp_path / "a", format=FORMATS[name])


@pytest.mark.parametrize("name", ["parquet", "datasets", "txt"])
def test_binary_is_not_written_to_a_stream(name: str) -> None:
    with pytest.raises(FormatError, match="Name a file with -o"):
        write_stream([ARTICLE], io.BytesIO(), format=FORMATS[name])


def test_stream_stays_open() -> None:
    for name in ("jsonl", "csv"):
        stream = io.BytesIO()
        write_stream([ARTICLE], stream, format=FORMATS[name])
        assert not stream.closed
        assert b"One." in stream.getvalue()


def test_losses_are_counted_by_what_a_format_keeps() -> None:
    spans = (LabelledSpan(0, 3, "One", "doubt", target=""), LabelledSpan(1, 4, "ne.", "doubt", target="x"))
    article = Article(
        Document("a", "One.", title="T", metadata={"k": "v"}, original="<p>"),
        annotations=(Annotation("ana", spans=spans),),
        gold=Annotation("gold"),
        suggestions=({"id": "s"}, {"id": "t"}),
    )
    assert count_losses(article, FORMATS["jsonl"]) == {}
    csv_losses = count_losses(article, FORMATS["csv"])
    assert {what.split()[0]: count for what, count in csv_losses.items()} == {
        "original": 1,
        "suggestions": 2,
        "spans": 1,
    }
    text_losses = count_losses(article, FORMATS["txt"])
    assert {what.split()[0]: count for what, count in text_losses.items()} == {
        "titles,": 1,
        "metadata": 1,
        "original": 1,
        "annotations": 1,
        "overlapping": 1,
        "gold": 1,
        "suggestions": 2,
        "spans": 1,
    }


def test_registered_names_are_these() -> None:
    ours = ["txt", "md", "html", "jsonl", "csv", "parquet", "datasets"]
    assert list(FORMATS) == [*ours, "ptc2020", "babe", "basil"]
    assert all(format_named(name).name == name for name in FORMATS)

"""Parquet and datasets folders: nested labels, foreign tables, batches, and broken files."""

from __future__ import annotations

import datetime
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.formats import FORMATS, Article, ReadItem, Rejected, read_path, write_file
from annotator.formats.parquet import ROWS_PER_GROUP, write_parquet

ARTICLE = Article(
    Document("a1", "💩 They keep illicit bases.", metadata={"k": "v"}, original="<p>"),
    annotations=(
        Annotation("ana", "submitted", ("Morality",), (LabelledSpan(12, 25, "illicit bases", "loaded_language"),)),
    ),
    gold=Annotation("gold", "submitted", ("Morality",)),
    codebook="news-framing@1",
    suggestions=({"id": "s1", "decisions": {"ana": "accepted"}},),
)


def parquet(**columns: list[Any]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def test_foreign_table_is_read(read: Callable[..., list[ReadItem]]) -> None:
    content = parquet(
        id=[1, 2],
        text=["One.", "Two."],
        published=[datetime.date(2023, 8, 29), None],
        seen=[datetime.datetime(2023, 8, 29, 10), None],
        score=[0.5, None],
    )
    first, second = read("a.parquet", content)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.document.id, first.document.published) == ("1", "2023-08-29")
    assert first.document.metadata == {"seen": '"2023-08-29 10:00:00"', "score": "0.5"}
    assert (second.document.metadata, second.line) == ({}, 2)


def test_bad_row_is_rejected_and_the_rest_goes_on(read: Callable[..., list[ReadItem]]) -> None:
    first, bad, last = read("a.parquet", parquet(text=["One.", None, "Three."]))
    assert isinstance(first, Article)
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.reason) == (2, "'text' is a JSON null; expected a string.")
    assert isinstance(last, Article)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no readable Parquet file"),
        (b"PAR1 and then nothing PAR1", "no readable Parquet file"),
        (b"id,text\n", "no readable Parquet file"),
        (parquet(body=["One."]), "there is no 'text'; found body"),
    ],
    ids=["empty", "broken", "csv", "no text column"],
)
def test_broken_file_is_rejected(refuse: Callable[..., Rejected], content: bytes, reason: str) -> None:
    assert reason in refuse("a.parquet", content).reason


def test_written_file_has_nested_columns_and_says_its_unit() -> None:
    stream = io.BytesIO()
    write_parquet([ARTICLE], stream)
    table = pq.read_table(io.BytesIO(stream.getvalue()))
    assert table.schema.metadata[b"offset_unit"] == b"codepoint"
    (row,) = table.to_pylist()
    assert row["annotations"][0]["spans"][0]["quote"] == "illicit bases"
    assert row["offset_unit"] == "codepoint"
    assert json.loads(row["suggestions"][0])["decisions"] == {"ana": "accepted"}


def test_file_is_written_and_read_in_pieces(read: Callable[..., list[ReadItem]]) -> None:
    stream = io.BytesIO()
    count = 2 * ROWS_PER_GROUP + 1
    write_parquet((Article(Document(f"a{n}", f"Text {n}.")) for n in range(count)), stream)
    assert pq.ParquetFile(io.BytesIO(stream.getvalue())).num_row_groups == 3
    items = read("a.parquet", stream.getvalue())
    assert [item.document.id for item in items if isinstance(item, Article)] == [f"a{n}" for n in range(count)]


def test_datasets_folder_is_opened_by_load_from_disk(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    write_file([ARTICLE], tmp_path / "out", format=FORMATS["datasets"])
    loaded = datasets.load_from_disk(str(tmp_path / "out"))
    assert loaded[0]["annotations"][0]["spans"][0]["start"] == 12
    assert loaded[0]["offset_unit"] == "codepoint"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_datasets_folder_is_read_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets")
    write_file([ARTICLE], tmp_path / "out", format=FORMATS["datasets"])
    monkeypatch.setitem(sys.modules, "datasets", None)
    (article,) = read_path(tmp_path / "out")
    assert isinstance(article, Article)
    assert (article.document, article.annotations, article.gold) == (
        ARTICLE.document,
        ARTICLE.annotations,
        ARTICLE.gold,
    )


def test_missing_datasets_package_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(FormatError, match=r"pip install 'framing-annotator\[train\]'"):
        write_file([ARTICLE], tmp_path / "out", format=FORMATS["datasets"])
    assert list(tmp_path.iterdir()) == []


def test_datasets_folder_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.arrow"
    with pa.OSFile(str(secret), "wb") as sink, pa.ipc.new_stream(sink, pa.schema([("text", pa.string())])) as writer:
        writer.write_batch(pa.RecordBatch.from_pydict({"text": ["secret"]}))
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "dataset_info.json").write_text("{}")
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "../secret.arrow"}]}))
    (item,) = read_path(folder)
    assert isinstance(item, Rejected)


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"_data_files": [7]}'])
def test_broken_datasets_folder_is_rejected(tmp_path: Path, state: str) -> None:
    (tmp_path / "dataset_info.json").write_text("{}")
    (tmp_path / "state.json").write_text(state)
    (item,) = read_path(tmp_path)
    assert isinstance(item, Rejected)
    assert "the datasets folder is broken" in item.reason

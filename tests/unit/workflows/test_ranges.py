"""Ranges: how an input is cut, what of it is opened when, and what a range says of itself."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.formats import (
    FORMATS,
    Article,
    ReadItem,
    ReadOptions,
    Rejected,
    Source,
    dividing,
    read_paths,
    write_file,
)
from annotator.formats.carried import article_line, article_of_line
from annotator.workflows import ranges
from annotator.workflows.ranges import PART_ARTICLES, Piece, Range, fingerprint, plan_ranges, read_range

OPTIONS = ReadOptions(annotations=False)


def rows(count: int, *, start: int = 0) -> bytes:
    return b"".join(
        json.dumps({"id": f"a{n}", "text": f"Text {n}."}).encode() + b"\n" for n in range(start, start + count)
    )


def planned(*paths: Path, size: int = PART_ARTICLES, options: ReadOptions = OPTIONS, **more: Any) -> list[Range]:
    """The ranges, after a journey through JSON."""
    found = plan_ranges(paths, options=options, input_format=more.pop("input_format", None), size=size, **more)
    return [Range.from_record(json.loads(json.dumps(range_.to_record()))) for range_ in found]


def read_all(found: list[Range], options: ReadOptions = OPTIONS) -> list[ReadItem]:
    return [item for range_ in found for item in read_range(range_, options)]


def ids(items: list[ReadItem]) -> list[str]:
    return [item.document.id for item in items if isinstance(item, Article)]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with every kind of source, one fault each."""
    root = tmp_path / "mixed"
    root.mkdir()
    (root / "a.txt").write_text("One.")
    (root / "b.jsonl").write_bytes(rows(5) + b"no JSON\n\n" + rows(2, start=5).rstrip())
    (root / "c.csv").write_text("id,text\nc1,One.\nc2\nc3,Three.\n")
    (root / "d.jsonl.gz").write_bytes(gzip.compress(rows(3, start=10) + b"[]\n"))
    pq.write_table(
        pa.table({"id": [f"p{n}" for n in range(7)], "text": ["Text."] * 6 + [None]}),
        root / "e.parquet",
        row_group_size=3,
    )
    (root / "f.md").symlink_to(root / "nowhere")
    (root / "g.html").write_text("<p>They keep illicit bases in the east.</p>")
    (root / "h.pdf").write_bytes(b"%PDF-")
    (root / "i.png").write_bytes(b"png")
    return root


@pytest.mark.parametrize("size", [1, 2, 3, 5, 256])
def test_ranges_hold_what_is_read_without_them(mixed: Path, size: int) -> None:
    found = planned(mixed, mixed / "missing.txt", size=size)
    assert [range_.number for range_ in found] == list(range(len(found)))
    assert read_all(found) == list(read_paths([mixed, mixed / "missing.txt"], options=OPTIONS))
    assert all(sum(piece.count for piece in range_.pieces) <= size for range_ in found)


def test_packed_files_and_tables_are_read_once_by_the_planner(mixed: Path) -> None:
    pieces = [piece for range_ in planned(mixed) for piece in range_.pieces if piece.rejected is None]
    assert [piece.name for piece in pieces if piece.path is None] == ["c.csv", "c.csv", "d.jsonl.gz"]


def test_ranges_are_filled_across_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One.")
    (tmp_path / "b.jsonl").write_bytes(rows(6))
    pq.write_table(pa.table({"text": ["Text."] * 4}), tmp_path / "c.parquet")
    counts = [[(piece.format, piece.first, piece.count) for piece in one.pieces] for one in planned(tmp_path, size=4)]
    assert counts == [
        [("txt", 1, 1), ("jsonl", 1, 3)],
        [("jsonl", 4, 3), ("parquet", 1, 1)],
        [("parquet", 2, 3)],
    ]


def test_pieces_of_a_jsonl_file_begin_at_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(rows(5))
    lines = path.read_bytes().splitlines(keepends=True)
    offsets = [piece.offset for range_ in planned(path, size=2) for piece in range_.pieces]
    assert offsets == [0, len(lines[0] + lines[1]), len(b"".join(lines[:4]))]


def test_one_article_files_are_not_opened_by_planning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("Text.")
    monkeypatch.setattr(Source, "open", lambda self: pytest.fail("opened"))
    assert [len(range_.pieces) for range_ in planned(tmp_path, size=2)] == [2, 2, 1]


def test_planning_goes_only_as_far_as_it_is_asked(tmp_path: Path) -> None:
    def paths() -> Iterator[Path]:
        for number in range(3):
            path = tmp_path / f"{number}.csv"
            path.write_text("text\n" + "Text.\n" * 100)
            yield path

    opened: list[str] = []
    real = Source.open

    def open_(self: Source) -> Any:
        opened.append(self.name)
        return real(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Source, "open", open_)
        found = plan_ranges(paths(), options=OPTIONS, input_format=None, size=10)
        next(found)
        assert set(opened) == {"0.csv"}


@pytest.mark.parametrize(
    ("encoding", "declared", "is_entered"),
    [
        ("utf-8", None, True),
        ("utf-8-sig", None, True),
        ("cp1251", "windows-1251", True),
        ("gb18030", "gb18030", True),
        ("iso2022_jp", "iso2022_jp", True),
        ("utf-16", None, False),
        ("utf-16-be", "utf-16-be", False),
        ("utf-32", "utf-32", False),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_in_any_encoding(
    tmp_path: Path, encoding: str, declared: str | None, is_entered: bool, newline: str
) -> None:
    text = "Базы." if encoding != "iso2022_jp" else "基地"
    lines = [json.dumps({"id": f"a{n}", "text": f"{text} {n}"}, ensure_ascii=False) for n in range(5)]
    path = tmp_path / "a.jsonl"
    path.write_bytes(newline.join(lines).encode(encoding))
    options = replace(OPTIONS, encoding=declared)
    found = planned(path, size=2, options=options)
    assert all((piece.path is not None) == is_entered for range_ in found for piece in range_.pieces)
    assert read_all(found, options) == list(read_paths([path], options=options))
    assert ids(read_all(found, options)) == ["a0", "a1", "a2", "a3", "a4"]


def test_a_line_that_starts_like_another_kind_of_file_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(rows(1) + b"%PDF-\n" + b"\xff\xfe{}\n" + rows(1, start=1))
    assert read_all(planned(path, size=1)) == list(read_paths([path], options=OPTIONS))


def test_file_of_another_kind_is_rejected_as_it_would_be_when_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"%PDF-1.4")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and then nothing PAR1")
    pq.write_table(pa.table({"body": ["One."]}), tmp_path / "c.parquet")
    items = read_all(planned(tmp_path))
    assert items == list(read_paths([tmp_path], options=OPTIONS))
    assert [isinstance(item, Rejected) and item.line for item in items] == [None] * 3


def test_ranges_of_long_articles_have_fewer_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "RANGE_BYTES", 100)
    path = tmp_path / "a.jsonl"
    path.write_bytes(rows(20))
    table = tmp_path / "b.csv"
    table.write_text("text\n" + "Text.\n" * 20)
    for source in (path, table):
        found = planned(source)
        assert len(found) > 5
        assert read_all(found) == list(read_paths([source], options=OPTIONS))


def test_rows_of_a_large_row_group_are_carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dividing, "MAX_GROUP_ROWS", 5)
    path = tmp_path / "a.parquet"
    table = pa.table({"id": [f"p{n}" for n in range(13)], "text": ["Text."] * 13})
    with pq.ParquetWriter(path, table.schema) as writer:
        for start, count in ((0, 4), (4, 6), (10, 3)):
            writer.write_table(table.slice(start, count), row_group_size=count)
    found = planned(path, size=3)
    assert [[(piece.path is None, piece.first, piece.count) for piece in one.pieces] for one in found] == [
        [(False, 1, 3)],
        [(False, 4, 1), (True, 5, 2)],
        [(True, 7, 3)],
        [(True, 10, 1), (False, 11, 2)],
        [(False, 13, 1)],
    ]
    assert read_all(found) == list(read_paths([path], options=OPTIONS))


def test_standard_input_is_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    class FakeStdin:
        buffer = io.BytesIO(rows(5))

    monkeypatch.setattr(sys, "stdin", FakeStdin())
    found = list(plan_ranges(["-"], options=OPTIONS, input_format="jsonl", size=2))
    assert ids(read_all(found)) == ["a0", "a1", "a2", "a3", "a4"]
    assert {piece.name for range_ in found for piece in range_.pieces} == {"stdin"}


def test_standard_input_may_have_a_format_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FakeStdin:
        buffer = io.BytesIO(b"One.")

    monkeypatch.setattr(sys, "stdin", FakeStdin())
    (tmp_path / "b.jsonl").write_bytes(rows(1))
    assert ids(read_all(planned(Path("-"), tmp_path, stdin_format="txt"))) == ["stdin", "a0"]
    with pytest.raises(FormatError, match="Cannot read standard input"):
        planned(Path("-"), tmp_path)


def test_parquet_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    pq.write_table(pa.table({"text": ["One.", "Two."]}), stream)

    class Piped:
        buffer = io.BufferedReader(io.BytesIO(stream.getvalue()))

    monkeypatch.setattr(sys, "stdin", Piped())
    found = list(plan_ranges(["-"], options=OPTIONS, input_format="parquet"))
    assert ids(read_all(found)) == ["stdin:1", "stdin:2"]


def test_relative_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("One.")
    monkeypatch.chdir(tmp_path)
    ((piece,),) = [range_.pieces for range_ in planned(Path("a.txt"))]
    assert piece.path == str(tmp_path / "a.txt")


def test_unset_fields_of_a_piece_are_not_written() -> None:
    range_ = Range(3, (Piece("a.txt", "/x/a.txt", "txt"), Piece("b", rejected=Rejected("b", None, "no"))))
    assert range_.to_record()["pieces"][0] == {"name": "a.txt", "path": "/x/a.txt", "format": "txt"}
    assert Range.from_record(range_.to_record()) == range_


def test_no_input_is_no_range(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.csv").write_text("text\n")
    assert planned(tmp_path / "a.jsonl", tmp_path / "b.csv") == []


def test_file_name_that_is_no_utf_8_survives_json(tmp_path: Path) -> None:
    for name in ("\udcff.txt", "\udcff.jsonl.gz"):
        (tmp_path / name).write_bytes(gzip.compress(rows(2)) if name.endswith("gz") else b"One.")
    assert read_all(planned(tmp_path)) == list(read_paths([tmp_path], options=OPTIONS))


def test_carried_article_is_the_same_again() -> None:
    span = LabelledSpan(4, 8, "кепт", "doubt", ("Morality",), "own", "", "-", "note\n", "s1")
    article = Article(
        Document("a\u2028", "The кепт 👩\u200d🚒\r\n", "T", "O", "2023", "u", "e", {"k": "v"}, "<p>", 3),
        (Annotation("ana", "submitted", ("Morality",), (span,)), Annotation("ben", "draft")),
        Annotation("gold", "submitted"),
        "\udcff.csv",
        7,
        ("odd",),
        "news-framing@1",
        ({"id": "s1"},),
    )
    assert article_of_line(article_line(article)) == article
    assert "\n" not in article_line(article)
    assert article_line(article).encode("utf-8")


def test_labels_are_read_from_ranges_when_asked_for(tmp_path: Path) -> None:
    span = LabelledSpan(0, 4, "Text", "doubt", (), "own", "x", "-")
    articles = [Article(Document(f"a{n}", "Text."), (Annotation("ana", "submitted", (), (span,)),)) for n in range(3)]
    for name in ("jsonl", "csv", "parquet"):
        write_file(articles, tmp_path / f"a.{name}", format=FORMATS[name])
    options = ReadOptions()
    assert read_all(planned(tmp_path, size=2, options=options), options) == list(
        read_paths([tmp_path], options=options)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "input"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("One.")
    (root / "sub" / "b.jsonl").write_text("{}")
    return root


def test_fingerprint_counts_files_and_bytes(folder: Path) -> None:
    found = fingerprint([folder])
    assert (found["files"], found["bytes"], len(found["sha256"])) == (2, 6, 64)
    assert fingerprint([folder]) == found


def _touch(folder: Path) -> None:
    import os

    os.utime(folder / "a.txt", ns=(1, 1))


@pytest.mark.parametrize(
    "change",
    [
        _touch,
        lambda folder: (folder / "a.txt").rename(folder / "z.txt"),
        lambda folder: (folder / "sub" / "b.jsonl").write_text("{} "),
        lambda folder: (folder / "c.md").touch(),
        lambda folder: (folder / "a.txt").unlink(),
    ],
    ids=["time", "name", "size", "one more", "one less"],
)
def test_fingerprint_tells_changes(folder: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint([folder])
    change(folder)
    assert fingerprint([folder])["sha256"] != before["sha256"]


def test_fingerprint_is_blind_to_what_is_not_read(folder: Path) -> None:
    before = fingerprint([folder])
    (folder / ".hidden.txt").touch()
    (folder / "x.png").touch()
    assert fingerprint([folder]) == before


def test_fingerprint_of_what_has_none(folder: Path) -> None:
    assert fingerprint([folder, "-"]) == {"files": None, "bytes": None, "sha256": None}
    assert fingerprint([folder / "missing"])["bytes"] == 0

"""Inputs that break while they are planned or read: what is missing is listed, the others are read."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotator.formats import Article, ReadItem, ReadOptions, Rejected, Source, read_paths
from annotator.formats import parquet as parquet_
from annotator.workflows.ranges import Range, plan_ranges, read_range

OPTIONS = ReadOptions(annotations=False)


def planned(*paths: Path, size: int = 4) -> list[Range]:
    return list(plan_ranges(paths, options=OPTIONS, input_format=None, size=size))


def read_all(ranges: list[Range]) -> list[ReadItem]:
    return [item for range_ in ranges for item in read_range(range_, OPTIONS)]


def ids(items: list[ReadItem]) -> list[str]:
    return [item.document.id for item in items if isinstance(item, Article)]


def rejections(items: list[ReadItem]) -> list[Rejected]:
    return [item for item in items if isinstance(item, Rejected)]


def lines(count: int, *, start: int = 1) -> bytes:
    numbers = range(start, start + count)
    return b"".join(json.dumps({"id": f"a{n}", "text": f"Text {n}."}).encode() + b"\n" for n in numbers)


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(10))
    return path


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "a.parquet"
    table = pa.table({"id": [f"p{n}" for n in range(1, 31)], "text": [f"Text {n}, illicit." for n in range(1, 31)]})
    pq.write_table(table, path, row_group_size=10, compression="none", use_dictionary=False, write_page_checksum=True)
    return path


def damage(path: Path, group: int) -> None:
    """Overwrite the middle of a row group's texts."""
    chunk = pq.ParquetFile(path).metadata.row_group(group).column(1)
    content = bytearray(path.read_bytes())
    middle = chunk.data_page_offset + chunk.total_compressed_size // 2
    content[middle : middle + 20] = b"\xff" * 20
    path.write_bytes(content)


def test_file_that_disappears_after_planning_is_listed(tmp_path: Path, jsonl: Path, parquet: Path) -> None:
    text = tmp_path / "b.txt"
    text.write_text("One.")
    last = tmp_path / "c.txt"
    last.write_text("Last.")
    ranges = planned(jsonl, parquet, text, last, size=8)
    for path in (jsonl, parquet, text):
        path.unlink()
    items = read_all(ranges)
    assert ids(items) == ["c.txt"]
    assert [(r.name, r.line, r.last) for r in rejections(items)] == [
        *(("a.jsonl", 1, 8), ("a.jsonl", 9, 10)),
        *(("a.parquet", first, last) for first, last in ((1, 6), (7, 10), (11, 14), (15, 20), (21, 22), (23, 30))),
        ("b.txt", None, None),
    ]
    assert sum(rejected.count for rejected in rejections(items)) == 41
    assert all("No such file" in rejected.reason for rejected in rejections(items))


def test_file_that_disappears_while_the_folder_is_walked_is_listed(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_bytes(lines(1))
    ranges = plan_ranges([tmp_path], options=OPTIONS, input_format=None, size=1)
    first = next(ranges)
    (tmp_path / "b.jsonl").unlink()
    items = read_all([first, *ranges])
    assert [item.name for item in items] == ["a.jsonl", "b.jsonl", "c.jsonl"]
    assert [rejected.name for rejected in rejections(items)] == ["b.jsonl"]


def test_links_in_a_loop_and_links_to_nowhere_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("One.")
    (folder / "up").symlink_to(folder, target_is_directory=True)
    (folder / "x.txt").symlink_to(folder / "y.txt")
    (folder / "y.txt").symlink_to(folder / "x.txt")
    (folder / "z.jsonl").symlink_to(folder / "nowhere.jsonl")
    items = read_all(planned(folder))
    assert ids(items) == ["a.txt"]
    assert [rejected.name for rejected in rejections(items)] == ["x.txt", "y.txt", "z.jsonl"]


@pytest.mark.parametrize("when", ["planning", "reading"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.csv", "a.txt"])
def test_device_that_fails_is_listed_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    (tmp_path / name).write_bytes(lines(3))
    (tmp_path / "z.txt").write_text("Last.")
    if name.endswith("parquet"):
        pq.write_table(pa.table({"text": ["One."]}), tmp_path / name)
    real = Source.open

    def fail(self: Source) -> BinaryIO:
        if self.name == name:
            raise OSError(errno.EIO, "Input/output error")
        return real(self)

    if when == "planning":
        monkeypatch.setattr(Source, "open", fail)
    ranges = planned(tmp_path)
    monkeypatch.setattr(Source, "open", fail)
    items = read_all(ranges)
    assert "z.txt" in ids(items)
    if not (when == "reading" and name.endswith("csv")):  # whose rows were carried along
        assert [(r.name, "Input/output error" in r.reason) for r in rejections(items)] == [(name, True)]


def test_device_that_fails_in_the_middle_of_a_file(jsonl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranges = planned(jsonl, size=10)

    class Failing:
        """A stream that fails after three lines."""

        def __init__(self, stream: BinaryIO) -> None:
            self._stream, self._left = stream, 3

        def __enter__(self) -> Failing:
            return self

        def __exit__(self, *error: object) -> None:
            self._stream.close()

        def readline(self, limit: int) -> bytes:
            self._left -= 1
            if self._left < 0:
                raise OSError(errno.EIO, "Input/output error")
            return self._stream.readline(limit)

    real = Source.open
    monkeypatch.setattr(Source, "open", lambda self: Failing(real(self)))
    items = read_all(ranges)
    assert ids(items) == ["a1", "a2", "a3"]
    assert [(r.line, r.last, r.count) for r in rejections(items)] == [(4, 10, 7)]


@pytest.mark.parametrize("size", [3, 10, 256])
def test_corrupt_row_group_is_listed_and_the_others_are_read(parquet: Path, size: int) -> None:
    damage(parquet, 1)
    items = read_all(planned(parquet, size=size))
    assert ids(items) == [f"p{n}" for n in (*range(1, 11), *range(21, 31))]
    missing = [n for r in rejections(items) for n in range(r.line or 0, (r.last or 0) + 1)]
    assert missing == list(range(11, 21))
    assert all(r.reason.startswith("row group 2 cannot be read: ") for r in rejections(items))


def test_corrupt_row_group_read_in_one_go_is_one_rejection(parquet: Path) -> None:
    damage(parquet, 0)
    rejected, *rest = read_paths([parquet], options=OPTIONS)
    assert isinstance(rejected, Rejected)
    assert rejected.message.startswith("a.parquet, lines 1 to 10: row group 1 cannot be read: ")
    assert ids(rest) == [f"p{n}" for n in range(11, 31)]


def test_bytes_that_are_no_text_cost_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"text": ["One.", "Two.", "Three."]})
    pq.write_table(table, path, compression="none", use_dictionary=False, write_statistics=False)
    path.write_bytes(path.read_bytes().replace(b"Two.", b"Tw\xff."))
    items = read_all(planned(path))
    assert [(r.line, "row cannot be read" in r.reason) for r in rejections(items)] == [(2, True)]
    assert len(ids(items)) == 2


def test_row_of_enormous_size_is_not_taken_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_, "MAX_ROW_BYTES", 1_000)
    monkeypatch.setattr(parquet_, "BATCH_BYTES", 1_000)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["One.", "x" * 2_000, "Three."]}), path)
    items = read_all(planned(path))
    assert len(ids(items)) == 2
    assert [(r.line, "expected at most 1,000" in r.reason) for r in rejections(items)] == [(2, True)]


def test_file_that_grows_after_planning_gives_the_planned_lines(jsonl: Path) -> None:
    ranges = planned(jsonl)
    with jsonl.open("ab") as stream:
        stream.write(lines(50, start=11))
    assert ids(read_all(ranges)) == [f"a{n}" for n in range(1, 11)]


def test_half_a_line_that_is_finished_after_planning_is_read(jsonl: Path) -> None:
    whole = jsonl.read_bytes()
    jsonl.write_bytes(whole[:-12])
    ranges = planned(jsonl)
    jsonl.write_bytes(whole + lines(5, start=11))
    assert ids(read_all(ranges)) == [f"a{n}" for n in range(1, 11)]


@pytest.mark.parametrize("kept", [0, 5, 7], ids=["nothing", "at a range's end", "inside a range"])
def test_file_cut_off_after_planning_lists_what_is_gone(jsonl: Path, kept: int) -> None:
    ranges = planned(jsonl, size=5)
    jsonl.write_bytes(lines(kept))
    items = read_all(ranges)
    assert ids(items) == [f"a{n}" for n in range(1, kept + 1)]
    missing = [n for r in rejections(items) for n in range(r.line or 0, (r.last or 0) + 1)]
    assert missing == list(range(kept + 1, 11))


def test_file_rewritten_after_planning_is_noticed(jsonl: Path) -> None:
    ranges = planned(jsonl, size=5)
    jsonl.write_bytes(b'{"id": "new", "text": "Longer than the others were."}\n' * 20)
    items = read_all(ranges)
    assert [(r.line, r.last) for r in rejections(items)] == [(6, 10)]
    assert "was changed" in rejections(items)[0].reason


def test_table_with_fewer_rows_than_were_planned(parquet: Path) -> None:
    ranges = planned(parquet, size=8)
    pq.write_table(pa.table({"id": ["new"], "text": ["One."]}), parquet)
    items = read_all(ranges)
    assert ids(items) == ["new"]
    assert sum(r.count for r in rejections(items)) == 29


def test_bad_lines_empty_files_and_repeated_ids(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(2) + b"{broken\n\n[]\n" + lines(2) + b'{"text": ""}')
    for name in ("b.txt", "c.html", "d.csv", "e.parquet", "f.jsonl", "g.jsonl.gz", "h.jsonl.zst"):
        (tmp_path / name).touch()
    items = read_all(planned(tmp_path))
    assert items == list(read_paths([tmp_path], options=OPTIONS))
    assert ids(items) == ["a1", "a2", "a1", "a2"]
    assert [(r.name, r.line) for r in rejections(items)] == [
        *(("a.jsonl", 3), ("a.jsonl", 5), ("a.jsonl", 8)),
        *(("b.txt", None), ("c.html", None), ("d.csv", None), ("e.parquet", None)),
    ]


READ_IT = """
import re, sys
from pathlib import Path
import pyarrow.parquet
from annotator.formats import ReadOptions, Rejected
from annotator.workflows.ranges import plan_ranges, read_range

def most():  # getrusage would tell of the parent, too
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1)) // 1024

before = most()
options = ReadOptions(annotations=False)
rejected = [(item.line, item.reason) for range_ in plan_ranges([sys.argv[1]], options=options, input_format=None)
            for item in read_range(range_, options) if isinstance(item, Rejected)]
print(rejected)
print(most() - before)
"""


def _table(text: str) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": ["One.", text, "Two."]}), sink)
    return bytes(sink.getvalue().to_pybytes())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc for the peak")
@pytest.mark.parametrize(
    ("ending", "make", "line"),
    [
        ("txt", str.encode, None),
        ("jsonl", lambda text: b"".join(b'{"text": "%s"}\n' % t.encode() for t in ("One.", text, "Two.")), 2),
        ("parquet", _table, 2),
        ("csv", lambda text: b'text\nOne.\n"%s"\nTwo.\n' % text.encode(), 3),
    ],
)
@pytest.mark.parametrize("first", ["a", "\U0001f4a9"], ids=["narrow", "wide"])
def test_article_of_50_mb_is_listed_in_little_memory(
    tmp_path: Path, ending: str, make: Callable[[str], bytes], line: int | None, first: str
) -> None:
    """One wide character makes every other one take four bytes in memory."""
    path = tmp_path / f"a.{ending}"
    path.write_bytes(make(first + "a" * 50_000_000 + " "))
    done = subprocess.run(
        [sys.executable, "-c", READ_IT, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    listed, megabytes = done.stdout.splitlines()
    assert listed.startswith(f"[({line}, ")
    assert 0 <= int(megabytes) < 420

"""The law of ranges: however an input is cut, reading the ranges in order is reading the input."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from annotator.formats import ReadItem, ReadOptions, Rejected, read_paths
from annotator.workflows.ranges import Range, fingerprint, plan_ranges, read_range

TEXTS = ("One.", "“Zwei” 👩\u200d🚒", "قال\r\nالوزير", "x" * 300, "\ufeffFour", "", "nul \0")
LINES = (
    *(b"", b" \t", b"no JSON", b"[]", b'{"text": 1}', b"\xff\xfe", b"%PDF-", b'{"id": "a", "text": "One."}'),
    *(json.dumps({"id": f"i{n}", "text": text}, ensure_ascii=bool(n % 2)).encode() for n, text in enumerate(TEXTS)),
)
NAMES = ("a", "b/c", "b/d", "e", "Ü", "z")

Files = dict[str, bytes]


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue().to_pybytes())


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    newline = draw(st.sampled_from([b"\n", b"\r\n"]))
    content = newline.join(draw(st.lists(st.sampled_from(LINES), max_size=12)))
    content += draw(st.sampled_from([b"", newline]))
    start = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))
    if draw(st.integers(0, 5)) == 0:
        return content.decode("utf-8", "replace").encode("utf-16")
    return start + content


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    texts = draw(st.lists(st.sampled_from((*TEXTS, None)), max_size=14))
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table({"text": pa.array(texts, pa.string())}),
        sink,
        row_group_size=draw(st.integers(1, 8)),
        compression="none",
        use_dictionary=False,
        write_page_checksum=True,
    )
    content = bytearray(sink.getvalue().to_pybytes())
    is_damaged = draw(st.booleans())
    if texts and is_damaged:  # damage one row group; the table of contents stays
        metadata = pq.ParquetFile(pa.BufferReader(bytes(content))).metadata
        chunk = metadata.row_group(draw(st.integers(0, metadata.num_row_groups - 1))).column(0)
        at = chunk.data_page_offset + draw(st.integers(0, chunk.total_compressed_size - 1))
        content[at] ^= draw(st.integers(1, 255))
    return bytes(content)


@st.composite
def comma_tables(draw: st.DrawFn) -> bytes:
    rows = draw(st.lists(st.sampled_from(['One.,x"', "One.", "a,b", '"two\nlines",b', '"open', "", "é,b"]), max_size=6))
    return "\r\n".join(["text,title", *rows]).encode(draw(st.sampled_from(["utf-8", "cp1252"])))


@st.composite
def files(draw: st.DrawFn) -> Files:
    """Some files by name."""
    kinds: dict[str, st.SearchStrategy[bytes]] = {
        ".txt": st.sampled_from([b"One.", b"", b"\xff\xfeO\0n\0", b"PK\x03\x04", "é".encode("cp1252")]),
        ".md": st.just(b"# One\n\nTwo."),
        ".jsonl": json_lines(),
        ".parquet": tables(),
        ".csv": comma_tables(),
        ".jsonl.gz": json_lines().map(gzip.compress),
        ".jsonl.zst": json_lines().map(zstd),
        ".csv.zst": comma_tables().map(zstd).map(lambda content: content[:-2]),
        ".pdf": st.just(b"%PDF-"),
        ".png": st.just(b""),
    }
    named = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(kinds))), max_size=6, unique=True))
    return {name + ending: draw(kinds[ending]) for name, ending in named}


def write(folder: Path, content: Files) -> None:
    for name, bytes_ in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(bytes_)


def by_line(items: Iterable[ReadItem]) -> list[Any]:
    """Lines that were left out together, one by one: a row group may end in the middle of a range."""
    listed: list[Any] = []
    for item in items:
        if isinstance(item, Rejected) and item.line is not None and item.last is not None:
            listed.extend((item.name, line, item.reason) for line in range(item.line, item.last + 1))
        else:
            listed.append(item)
    return listed


def through_json(range_: Range) -> Range:
    return Range.from_record(json.loads(json.dumps(range_.to_record())))


sizes = st.integers(1, 9) | st.just(256)


@given(files(), sizes, st.booleans(), st.sampled_from([None, "utf-8", "cp1252"]))
def test_ranges_one_after_the_other_are_the_input(
    content: Files, size: int, one_by_one: bool, encoding: str | None
) -> None:
    options = ReadOptions(annotations=False, encoding=encoding)
    with TemporaryDirectory() as folder:
        write(Path(folder), content)
        paths = [Path(folder, name) for name in content] + [Path(folder, "no.txt")] if one_by_one else [Path(folder)]
        found = list(plan_ranges(paths, options=options, input_format=None, size=size))
        assert [range_.number for range_ in found] == list(range(len(found)))
        assert all(0 < sum(piece.count for piece in range_.pieces) <= size for range_ in found)
        assert all(sum(piece.count for piece in range_.pieces) == size for range_ in found[:-1])
        read = [item for range_ in found for item in read_range(through_json(range_), options)]
        assert by_line(read) == by_line(read_paths(paths, options=options))


@given(files(), sizes)
def test_planning_twice_gives_the_same_ranges(content: Files, size: int) -> None:
    options = ReadOptions(annotations=False)
    with TemporaryDirectory() as folder:
        write(Path(folder), content)
        first, second = (list(plan_ranges([folder], options=options, input_format=None, size=size)) for _ in range(2))
        assert first == second
        assert [through_json(range_) for range_ in first] == first
        assert fingerprint([folder]) == fingerprint([folder])


@given(json_lines(), sizes, st.sampled_from(["jsonl", "babe", "txt"]))
def test_named_formats_are_cut_as_well(content: bytes, size: int, name: str) -> None:
    options = ReadOptions(annotations=False)
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.data")
        path.write_bytes(content)
        found = plan_ranges([path], options=options, input_format=name, size=size)
        read = [item for range_ in found for item in read_range(range_, options)]
        assert by_line(read) == by_line(read_paths([path], options=options, format=name))

"""Packed files: looked through by their ending, unpacked as they are read, refused when they are broken."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from annotator.formats import Article, ReadItem, Rejected, read_path
from annotator.formats.base import Source
from annotator.formats.packed import is_packed, unpacked, without_packing


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue().to_pybytes())


PACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstd}
BOTH = pytest.mark.parametrize("ending", PACK)


@BOTH
def test_text_is_the_same_packed_and_plain(ending: str, read_one: Callable[..., Article]) -> None:
    text = "\ufeffOne.\r\n“Zwei” 👩\u200d🚒\n" * 10_000
    packed = read_one(f"a.txt{ending}", PACK[ending](text.encode("utf-8")))
    assert packed.document.text == text
    assert packed.document.id == f"a.txt{ending}"


@BOTH
def test_rows_keep_their_lines(ending: str, read: Callable[..., list[ReadItem]]) -> None:
    lines = [json.dumps({"text": f"Text {n}."}) for n in range(3_000)] + ["no JSON"]
    items = read(f"a.JSONL{ending.upper()}", PACK[ending]("\n".join(lines).encode()))
    assert [item.line for item in items if isinstance(item, Article)] == list(range(1, 3_001))
    assert [item.line for item in items if isinstance(item, Rejected)] == [3_001]


@BOTH
def test_several_packed_parts_one_after_the_other_are_one_file(ending: str, read_one: Callable[..., Article]) -> None:
    content = PACK[ending](b"One. ") + PACK[ending](b"Two.")
    assert read_one(f"a.txt{ending}", content).document.text == "One. Two."


@BOTH
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html"])
@pytest.mark.parametrize("fault", ["nonsense", "cut off", "rubbish after it", "damaged start"])
def test_broken_packing_ends_in_one_rejection(
    ending: str, name: str, fault: str, read: Callable[..., list[ReadItem]]
) -> None:
    whole = PACK[ending](b'text\n{"text": "One."}\n' * 2_000)
    content = {
        "nonsense": b"no such packing at all",
        "cut off": whole[:-5],
        "rubbish after it": whole + b"rubbish",
        "damaged start": b"\0\0" + whole[2:],
    }[fault]
    items = read(f"{name}{ending}", content)
    whole_file = [item for item in items if isinstance(item, Rejected) and item.line is None]
    assert len(whole_file) == 1
    assert whole_file[0] is items[-1]
    assert whole_file[0].reason.startswith("the file cannot be read: ")


@BOTH
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv"])
def test_what_unpacks_without_end_is_refused_in_flat_memory(ending: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}{ending}"
    path.write_bytes(PACK[ending](b"text\n" * name.endswith("csv") + b"a" * 90_000_000))
    tracemalloc.start()
    try:
        items = list(read_path(path))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [type(item) for item in items] == [Rejected]
    assert most < 150_000_000


def test_packed_parquet_is_refused_with_a_remedy(refuse: Callable[..., Rejected]) -> None:
    assert "Unpack it" in refuse("a.parquet.zst", zstd(b"PAR1")).reason


def test_packed_file_without_its_ending_is_named(refuse: Callable[..., Rejected]) -> None:
    assert "name it .zst" in refuse("a.txt", zstd(b"One.")).reason


@BOTH
def test_closing_closes_the_file_below(ending: str, tmp_path: Path) -> None:
    raw = io.BytesIO(PACK[ending](b"One."))
    with unpacked(raw, f"a{ending}") as stream:
        assert stream.read() == b"One."
    assert raw.closed


def test_names() -> None:
    assert [is_packed(name) for name in ("a.gz", "a.ZST", "a.zst.txt", "zst")] == [True, True, False, False]
    assert without_packing("A.jsonl.gz.zst") == "a.jsonl.gz"
    assert Source("a.txt.zst", content=zstd(b"One.")).read(100, what="-") == b"One."

"""Folders walked in order and in little memory, and names that differ."""

from __future__ import annotations

import inspect
import os
import sys
import tracemalloc
from pathlib import Path

import pytest

from annotator.formats import FORMATS, read_paths, walking
from annotator.formats.paths import list_files
from annotator.formats.walking import Names, walk


def test_deep_folders_are_walked_without_end_of_stack(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 200)
    deep.mkdir(parents=True)
    (deep / "a.txt").touch()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        found = [entry.name for entry in walk(str(tmp_path))]
    finally:
        sys.setrecursionlimit(limit)
    assert found == ["d/" * 200 + "a.txt"]


def test_memory_of_a_large_folder_is_small(tmp_path: Path) -> None:
    for number in range(4_000):
        os.close(os.open(tmp_path / f"article-{number:07d}.txt", os.O_CREAT | os.O_WRONLY))
    tracemalloc.start()
    try:
        assert sum(1 for _ in walk(str(tmp_path))) == 4_000
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 140 * 4_000


def test_names_within_one_folder_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    def key(name: str) -> bytes:
        kept.append(name)
        return name.encode()

    monkeypatch.setattr(walking, "_key", key)
    (tmp_path / "a.txt").write_text("Text.")
    list(read_paths([tmp_path]))
    assert kept == []
    list(read_paths([tmp_path, tmp_path]))
    assert kept == ["a.txt", "a.txt", f"{tmp_path.name}/a.txt"]


def test_plain_files_are_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "l.txt").symlink_to(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "p.txt")
    assert [(entry.name, entry.is_plain) for entry in walk(str(tmp_path))] == [
        ("a.txt", True),
        ("l.txt", False),
        ("p.txt", False),
    ]


def test_names_grow_by_folders_until_they_differ() -> None:
    names = Names(is_needed=True)
    given = ["/x/one/a.txt", "/x/two/a.txt", "/y/two/a.txt", "/y/two/a.txt"]
    assert [names.free("a.txt", path) for path in given] == ["a.txt", "two/a.txt", "y/two/a.txt", "y/two/a.txt"]


def test_files_of_one_name_in_two_folders_have_different_ids(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("Text.")
    items = list(read_paths([tmp_path / "one", tmp_path / "two", tmp_path / "two" / "a.txt"]))
    last = "/".join((*tmp_path.absolute().parts[-1:], "two", "a.txt"))
    assert [item.name for item in items] == ["a.txt", "two/a.txt", last]


def test_listed_files_are_those_that_may_be_read(tmp_path: Path) -> None:
    for name in ("a.txt", "b.jsonl.zst", ".c.txt", "d.png", "e/f.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("12")
    listed = {name: status and status.st_size for name, status in list_files([tmp_path, tmp_path / "no"], FORMATS)}
    assert listed == {"a.txt": 2, "b.jsonl.zst": 2, "e/f.html": 2, "no": None}

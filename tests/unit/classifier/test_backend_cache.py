"""Converted models are kept whole, made once, and checked whenever they are read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.classifier.backend_cache import ENTRY, ModelCache, cache_folder
from annotator.errors import ClassifierError

NAME = "0123-2026-3-1"


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "converted")


@pytest.fixture
def made() -> list[Path]:
    return []


@pytest.fixture
def make(made: list[Path]) -> Callable[[Path], None]:
    """Write two files, and note that it was done."""

    def write(folder: Path) -> None:
        made.append(folder)
        (folder / "model.xml").write_bytes(b"<net/>")
        (folder / "model.bin").write_bytes(bytes(range(256)) * 40)

    return write


def test_entry_is_made_once_and_holds_what_was_written(
    cache: ModelCache, make: Callable[[Path], None], made: list[Path]
) -> None:
    first = cache.get(NAME, make)
    assert first == cache.get(NAME, make) == cache.find(NAME)
    assert (first["model.xml"], len(first["model.bin"]), len(made)) == (b"<net/>", 10_240, 1)


def test_nothing_but_entry_and_lock_is_left(cache: ModelCache, make: Callable[[Path], None]) -> None:
    cache.get(NAME, make)
    assert sorted(path.name for path in cache.folder.iterdir()) == [NAME, f"{NAME}.lock"]


@pytest.mark.parametrize("name", ["model.xml", "model.bin", ENTRY])
@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_damaged_entry_is_not_found_and_is_made_anew(
    cache: ModelCache, make: Callable[[Path], None], made: list[Path], name: str, damage: str
) -> None:
    whole = cache.get(NAME, make)
    file = cache.folder / NAME / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content if damage == "flipped" else content[:3])
    if damage == "gone":
        file.unlink()
    assert cache.find(NAME) is None
    assert cache.get(NAME, make) == whole
    assert len(made) == 2


def test_failed_making_leaves_no_entry(cache: ModelCache) -> None:
    def fail(folder: Path) -> None:
        (folder / "model.xml").write_bytes(b"<n")
        raise ClassifierError("no memory")

    with pytest.raises(ClassifierError, match="no memory"):
        cache.get(NAME, fail)
    assert cache.find(NAME) is None
    assert [path.name for path in cache.folder.iterdir()] == [f"{NAME}.lock"]


def test_what_a_killed_process_left_is_removed(cache: ModelCache, make: Callable[[Path], None]) -> None:
    (cache.folder / f"{NAME}-x1" / "entry").mkdir(parents=True)
    (cache.folder / "other-2026-3-1").mkdir()
    cache.get(NAME, make)
    assert sorted(path.name for path in cache.folder.iterdir()) == [NAME, f"{NAME}.lock", "other-2026-3-1"]


def test_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path, make: Callable[[Path], None]) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ClassifierError, match=r"Cannot keep the converted model in .*Set ANNOTATOR_CACHE"):
        ModelCache(tmp_path / "file" / "converted").get(NAME, make)


def test_of_two_processes_one_makes_the_entry(cache: ModelCache) -> None:
    """The first waits inside the making until told, so that the second comes to the lock meanwhile."""
    program = """
import sys
from pathlib import Path
from annotator.classifier.backend_cache import ModelCache

def make(folder):
    print("making", flush=True)
    sys.stdin.readline()
    (folder / "model.bin").write_bytes(b"made")

cache = ModelCache(Path(sys.argv[1]))
print("start", flush=True)
print(cache.get(sys.argv[2], make)["model.bin"].decode(), flush=True)
"""
    command = [sys.executable, "-c", program, str(cache.folder), NAME]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "start\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go on\n")
        process.stdin.close()
    said = []
    for process in started:
        assert process.stdout
        said.append(process.stdout.read().split())
        assert process.wait(60) == 0
        process.stdout.close()
    assert sorted(said) == [["made"], ["making", "made"]]


def test_place_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANNOTATOR_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("ANNOTATOR_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / "xdg" / "framing-annotator"


def test_files_are_on_the_disk_before_the_entry_has_its_name(
    cache: ModelCache, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    safe: set[str] = set()
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        safe.add(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        real_fsync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        assert safe >= {"model.xml", "model.bin", ENTRY}
        return real_rename(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    cache.get(NAME, make)
    assert "converted" in safe
    assert set(json.loads((cache.folder / NAME / ENTRY).read_text())["sha256"]) == {"model.xml", "model.bin"}

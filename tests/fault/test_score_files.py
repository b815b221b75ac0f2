"""Places that cannot be scored into: a full disk, a folder somebody else writes to. What is whole stays whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from score_kit import command, ids, parts, score, wait_for_parts, write_corpus

from annotator.errors import FormatError
from annotator.workflows.part_store import LocalParts

ARTICLES = 320


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("given") / "corpus.jsonl", ARTICLES)


@contextmanager
def _disk(folder: Path, size: str) -> Iterator[Path]:
    """Give a folder on a disk of its own; only root can make one."""
    folder.mkdir()
    given = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(given, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount a small disk here (needs root); a write that fails is tested below")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("workers", [1, 2], ids=["in process", "two workers"])
@pytest.mark.parametrize("name", ["scored", "scored.jsonl"], ids=["folder", "file"])
def test_full_disk_is_one_message_and_the_run_goes_on_when_there_is_room(
    corpus: Path, tmp_path: Path, workers: int, name: str
) -> None:
    with _disk(tmp_path / "disk", "300k") as disk:
        out = disk / name
        folder = out if name == "scored" else disk / f".{name}.parts"
        given = (corpus, "-o", out, "--workers", workers)
        done = score(*given, code=1)
        assert done.stderr.count("\n") == 1
        assert (
            "No space left on device. Nothing of it was left behind, and the parts before it are kept." in done.stderr
        )
        assert "articles are done and kept. Go on with: annotator score " in done.stderr
        assert not [path for path in folder.iterdir() if path.name.endswith(".tmp")]
        assert [path.name for path in disk.iterdir()] == [folder.name]
        before = parts(folder)
        assert 4 * len(before) == len(set(ids(folder))) > 0
        subprocess.run(["mount", "-o", "remount,size=9m", str(disk)], check=True)
        score(*given, "--resume")
        expected = [f"a{number}" for number in range(ARTICLES)]
        if out.is_dir():
            assert ids(out) == expected
            assert set(before) < set(parts(out))
        else:
            assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == expected


def test_disk_full_while_the_parts_are_joined_keeps_them(corpus: Path, tmp_path: Path) -> None:
    """The parts fit, and the file that is made of them does not."""
    with _disk(tmp_path / "disk", "9m") as disk:
        out = disk / "scored.jsonl"
        score(corpus, "-o", out)
        size = out.stat().st_size
        out.unlink()
        subprocess.run(["mount", "-o", f"remount,size={round(size * 1.7)}", str(disk)], check=True)
        done = score(corpus, "-o", out, code=1)
        assert "No space left on device. Nothing was written. 320 articles are done and kept." in done.stderr
        assert [path.name for path in disk.iterdir()] == [".scored.jsonl.parts"]
        subprocess.run(["mount", "-o", "remount,size=9m", str(disk)], check=True)
        score(corpus, "-o", out, "--resume")
        assert out.stat().st_size == size
        assert [path.name for path in disk.iterdir()] == ["scored.jsonl"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    store = LocalParts(tmp_path / "parts")
    store.write("one", b"1")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    if call == "replace":
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FormatError, match=r"Cannot write .*two': No space left on device"):
        store.write("two", b"2")
    assert list(store.names()) == os.listdir(store.folder) == ["one"]


def test_second_process_with_one_folder_is_refused_until_the_first_is_dead(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    line = '{"text": "The puppet regime fell."}\n'
    first = command("-", "-o", out, "--workers", 1)
    with subprocess.Popen(first, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(line * 20)  # and more to come: it waits, and keeps the folder
        process.stdin.flush()
        assert wait_for_parts(process, out, 1)
        for option in ([], ["--resume"], ["--force"]):
            second = score(corpus, "-o", out, *option, code=1)
            assert second.stderr == (
                f"Error: Cannot score into '{out}': process {process.pid} is writing there. Wait for it, or stop it, "
                "or choose another output.\n"
            )
        assert wait_for_parts(process, out, 1)
        process.kill()
    score(corpus, "-o", out, "--force")
    assert ids(out) == [f"a{number}" for number in range(ARTICLES)]


def test_file_that_appears_in_the_meantime_is_not_replaced(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "scored.jsonl"
    with subprocess.Popen(command(corpus, "-o", out), stderr=subprocess.PIPE, text=True) as process:
        assert wait_for_parts(process, tmp_path / ".scored.jsonl.parts", 1)
        out.write_text("mine")
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == 1
    assert f"Cannot write '{out}': it exists." in told
    assert out.read_text() == "mine"
    out.unlink()
    score(corpus, "-o", out, "--resume")
    assert out.read_bytes().count(b"\n") == ARTICLES

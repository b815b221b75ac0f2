"""Which files are read, in which order and under which name."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from annotator.errors import FormatError
from annotator.formats import Article, ReadItem, Rejected, read_path, read_paths, read_source, read_uploads
from annotator.formats.base import Source


def ids(items: list[ReadItem]) -> list[str]:
    return [item.document.id for item in items if isinstance(item, Article)]


def rejections(items: list[ReadItem]) -> list[Rejected]:
    return [item for item in items if isinstance(item, Rejected)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "articles"
    for name in ("b.txt", "a.txt", "sub/deep/c.md", "sub/d.html", ".hidden.txt", ".git/e.txt", "Z.TXT"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("<p>One.</p>", encoding="utf-8")
    return root


def test_folder_is_read_sorted_recursively_without_hidden_files(folder: Path) -> None:
    assert ids(list(read_path(folder))) == ["Z.TXT", "a.txt", "b.txt", "sub/d.html", "sub/deep/c.md"]


def test_folder_is_walked_lazily(folder: Path) -> None:
    items = read_path(folder)
    next(items)
    (folder / "sub" / "new.txt").write_text("New.")
    assert "sub/new.txt" in ids(list(items))


def test_links_in_a_circle_end(folder: Path) -> None:
    (folder / "sub" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "again").symlink_to(folder / "sub", target_is_directory=True)
    assert len(ids(list(read_path(folder)))) == 5


@pytest.mark.parametrize("target", ["nowhere.txt", "lost.txt"], ids=["missing", "itself"])
def test_link_that_leads_nowhere_is_rejected_not_passed_over(folder: Path, target: str) -> None:
    (folder / "lost.txt").symlink_to(folder / target)
    (rejected,) = rejections(list(read_path(folder)))
    assert (rejected.name, rejected.skipped) == ("lost.txt", False)
    assert "link that leads nowhere" in rejected.reason


def test_other_files_of_a_folder_are_counted_and_documents_named(folder: Path) -> None:
    for name in ("x.png", "y.png", "z.css", "report.pdf"):
        (folder / name).write_bytes(b"x")
    named, counted = rejections(list(read_path(folder)))
    assert named.name == "report.pdf"
    assert "Save its text as .txt" in named.reason
    assert not named.skipped
    assert counted.reason == "3 files of other kinds were passed over: .png (2), .css (1)."
    assert counted.skipped


def test_empty_folder_is_said(tmp_path: Path) -> None:
    (only,) = read_path(tmp_path)
    assert isinstance(only, Rejected)
    assert "holds no file that can be read; known are .csv" in only.reason


def test_missing_file_is_rejected_and_the_next_is_read(folder: Path) -> None:
    items = list(read_paths([folder / "nope.txt", folder / "a.txt"]))
    assert isinstance(items[0], Rejected)
    assert "no such file" in items[0].reason
    assert ids(items) == ["a.txt"]


def test_name_the_system_refuses_is_rejected_and_the_next_is_read(folder: Path) -> None:
    items = list(read_paths(["x" * 300, folder / "a.txt"]))
    assert isinstance(items[0], Rejected)
    assert "File name too long" in items[0].reason
    assert ids(items) == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_rejected(folder: Path) -> None:
    (folder / "a.txt").chmod(0)
    (rejected,) = rejections(list(read_path(folder)))
    assert "Permission denied" in rejected.reason


def test_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    (item,) = read_path(tmp_path / "a.txt")
    assert isinstance(item, Rejected)
    assert "no regular file" in item.reason


def test_files_of_one_name_in_several_folders_get_different_ids(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "a.txt" for folder in ("x", "y", "z")]
    for path in paths:
        path.parent.mkdir()
        path.write_text("One.")
    assert ids(list(read_paths(paths))) == ["a.txt", "y/a.txt", "z/a.txt"]


def test_unknown_ending_is_rejected_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.jsnl"
    path.write_text("{}")
    (item,) = read_path(path)
    assert isinstance(item, Rejected)
    assert ".jsonl" in item.reason
    assert "Did you mean '.jsonl'?" in item.reason


def test_format_option_overrules_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_text('{"id": "x", "text": "One."}')
    assert ids(list(read_path(path, format="jsonl"))) == ["x"]


def test_format_option_chooses_among_the_files_of_a_folder(folder: Path) -> None:
    assert ids(list(read_path(folder, format="md"))) == ["sub/deep/c.md"]


def test_unknown_format_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        FormatError, match=r"Unknown format 'jsnol'\. Known: txt, md, html, jsonl.*Did you mean 'jsonl'"
    ):
        read_path(tmp_path, format="jsnol")


class FakeStdin:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize(
    ("format", "content", "expected"),
    [("txt", b"One.\r\n", "stdin"), ("jsonl", b'{"id": "x", "text": "One."}', "x"), ("csv", b"id,text\ny,One\n", "y")],
)
def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, format: str, content: bytes, expected: str) -> None:
    monkeypatch.setattr(sys, "stdin", FakeStdin(content))
    assert ids(list(read_path("-", format=format))) == [expected]


def test_standard_input_needs_a_format() -> None:
    with pytest.raises(FormatError, match="Add --format, one of txt, md, html"):
        list(read_path("-"))


@pytest.mark.parametrize("name", ["../../etc/x.txt", "/etc/x.txt", "C:\\x.txt", "a\0b.txt", "\x1b[2J.txt", "🪧.txt"])
def test_upload_name_is_only_data(name: str) -> None:
    (item,) = read_uploads([(name, b"One.")])
    assert isinstance(item, Article)
    assert item.document.text == "One."
    assert "\0" not in item.document.id
    assert "\x1b" not in item.document.id


def test_uploads_go_on_after_one_that_cannot_be_read() -> None:
    items = list(read_uploads([("a.pdf", b"%PDF"), ("b.txt", b""), ("c.txt", b"One.")]))
    assert [item.name for item in rejections(items)] == ["a.pdf", "b.txt"]
    assert ids(items) == ["c.txt"]


def test_source_of_a_wrong_format_name_is_an_error() -> None:
    with pytest.raises(FormatError, match="Unknown format"):
        read_source(Source("a.txt", content=b"One."), format="nope")

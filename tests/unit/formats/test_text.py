"""Plain text and Markdown: the text exactly as it stands, or a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.formats import Article, Rejected, read_path

EXACT = {
    "crlf": "One.\r\nTwo.\r\n",
    "lone cr": "One.\rTwo.",
    "bom": "\ufeffOne.\n",
    "no newline at end": "One.",
    "white space around": "  \n One. \n\n",
    "emoji with joiners": "👩\u200d🚒 and 👨🏻\u200d🚒 marched.",
    "flags": "🇸🇾🇺🇸 met.",
    "decomposed": "cafe\u0301 a\u0308",
    "arabic": "القواعد الأمريكية غير الشرعية",
    "hebrew with marks": "\u200fהבסיסים\u200e abroad",
    "form feed and nbsp": "One.\x0c\u00a0Two.",
    "line separators": "One.\u2028Two.\u0085Three.",
    "markup": "<img src=x onerror=alert(1)>",
    "formula": "=cmd|' /C calc'!A0",
}


@pytest.mark.parametrize("text", EXACT.values(), ids=EXACT)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_text_is_kept_exactly(read_one: Callable[..., Article], text: str, name: str) -> None:
    article = read_one(name, text)
    assert article.document.text == text
    assert article.document.id == name
    assert article.warnings == ()


def test_text_file_has_no_title(read_one: Callable[..., Article]) -> None:
    assert read_one("a.txt", "# Headline\n\nText.").document.title is None


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("# Bases, again\n\nText.", "Bases, again"),
        ("\ufeff# Bases ##\r\nText.", "Bases"),
        ("## Second level\n", None),
        ("Text.\n# Later", None),
        ("#hashtag\n", None),
    ],
    ids=["heading", "bom and closing marks", "second level", "later", "no space"],
)
def test_markdown_first_heading_is_title(read_one: Callable[..., Article], content: str, title: str | None) -> None:
    assert read_one("a.md", content).document.title == title


def test_article_of_100_000_words_is_read(read_one: Callable[..., Article]) -> None:
    assert len(read_one("a.txt", "word " * 100_000).document.text) == 500_000


BAD = {
    "empty": (b"", "the text is empty"),
    "only white space": (b" \r\n\t", "the text is empty"),
    "only a mark": (b"\xef\xbb\xbf", "the text is empty"),
    "nul": (b"One.\0Two.", "NUL character at offset 4"),
    "binary": (bytes(range(256)) * 50, "Is it binary?"),
    "pdf": (b"%PDF-1.7\n1 0 obj", "a PDF file"),
    "docx": (b"PK\x03\x04\x14\x00", "a ZIP archive"),
    "png": (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    "encoded surrogate": (b"One \xed\xa0\x80 two", "lone surrogate"),
    "broken utf-8": ("“Bases” – “oil” – café".encode() + b"\xe2\x80", "byte 0xE2 at 35 does not fit"),
    "half a utf-16 file": ("\ufeffOne".encode("utf-16-le")[:-1], "does not fit utf-16-le"),
}


@pytest.mark.parametrize(("content", "reason"), BAD.values(), ids=BAD)
def test_text_that_cannot_be_kept_is_rejected(refuse: Callable[..., Rejected], content: bytes, reason: str) -> None:
    rejected = refuse("a.txt", content)
    assert reason in rejected.reason
    assert rejected.message.startswith("a.txt: ")
    assert not rejected.message.startswith("a.txt: a.txt")


def test_file_of_20_mb_is_rejected_at_once(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    path.write_bytes(b"word " * 4_000_000)
    start = time.perf_counter()
    (rejected,) = read_path(path)
    assert time.perf_counter() - start < 1
    assert isinstance(rejected, Rejected)
    assert "20,000,000 bytes" in rejected.reason
    assert "2,000,000 characters" in rejected.reason
    assert ".jsonl" in rejected.reason


def test_gzip_is_unpacked_and_bombs_are_not(tmp_path: Path, read_one: Callable[..., Article]) -> None:
    import gzip

    assert read_one("a.txt.gz", gzip.compress(b"One.\r\n")).document.text == "One.\r\n"
    bomb = tmp_path / "bomb.txt.gz"
    bomb.write_bytes(gzip.compress(b"a" * 50_000_000))
    (rejected,) = read_path(bomb)
    assert isinstance(rejected, Rejected)
    assert "more than 8,000,004 bytes" in rejected.reason


def test_broken_gzip_is_rejected(refuse: Callable[..., Rejected]) -> None:
    assert "cannot be read" in refuse("a.txt.gz", b"no gzip at all").reason


def test_control_characters_of_a_file_name_are_escaped_in_the_id(read_one: Callable[..., Article]) -> None:
    assert read_one("a\nb\x1b[2J\udcff.txt", "One.").document.id == "a\\nb\\x1b[2J\\udcff.txt"

"""Documents: what is taken as an article, and what it is called."""

from __future__ import annotations

import pytest

from annotator.documents import MAX_CHARACTERS, Document, check_text, text_sha256
from annotator.errors import DocumentError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.txt: the text is empty"),
        ("\ufeff \r\n", "the text is empty"),
        ("x" * (MAX_CHARACTERS + 1), "has 2,000,001 characters; one article may have at most 2,000,000"),
        ("ab\0c", "a NUL character at offset 2"),
        ("ab\ud83e", r"a lone surrogate \(U\+D83E\) at offset 2"),
    ],
    ids=["empty", "blank", "long", "nul", "surrogate"],
)
def test_text_that_is_no_article_is_refused(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        check_text(text, name="a.txt")


@pytest.mark.parametrize("text", ["\ufeffx\r\n", "👩🏽\u200d🚒", "re\u0301gime", "النظام"])
def test_odd_but_whole_text_is_taken(text: str) -> None:
    check_text(text, name="a.txt")
    assert len(text_sha256(text)) == 64


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (Document("a", "text", title="Given"), "Given"),
        (Document("a", "\ufeff\r\nFirst line\r\nsecond"), "First line"),
        (Document("a", "y" * 200), "y" * 119 + "…"),
        (Document("a", "\n"), "a"),
    ],
    ids=["title", "first-line", "cut", "id"],
)
def test_display_title(document: Document, expected: str) -> None:
    assert document.display_title == expected

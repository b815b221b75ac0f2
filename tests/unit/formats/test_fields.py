"""Ids, details and dates."""

from __future__ import annotations

import pytest

from annotator.errors import DocumentError
from annotator.formats.fields import check_id, clean_date, clean_field


@pytest.mark.parametrize("identity", ["../x", "/etc/passwd", "C:\\x", "a b", "🪧", "عربي", "=1+1", "<b>", "%2e%2e"])
def test_id_that_looks_like_a_path_is_data(identity: str) -> None:
    assert check_id(identity, name="a.jsonl, line 1") == identity


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ("", "blank"),
        ("  ", "blank"),
        ("a\0b", r"'a\\x00b' holds control"),
        ("a\nb", "control"),
        ("\x1b[2J", "control"),
        ("a\u202eb", "control"),
        ("\ud800", "control"),
        ("x" * 201, "201 characters"),
    ],
    ids=["empty", "blank", "nul", "newline", "escape", "bidi override", "surrogate", "long"],
)
def test_id_that_cannot_be_shown_is_refused(identity: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason) as caught:
        check_id(identity, name="a.jsonl, line 1")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("value", "text", "is_changed"),
    [
        ("Bases, again", "Bases, again", False),
        (" a\r\n\tb ", "a b", False),
        ("a\x00\x1b[31mb", "a[31mb", True),
        ("a\ud800b", "a\ufffdb", True),
        ("\u202egnirts", "gnirts", True),
        ("x" * 3000, "x" * 2000, True),
    ],
    ids=["plain", "white space", "controls", "surrogate", "bidi override", "long"],
)
def test_detail_becomes_one_clean_line(value: str, text: str, is_changed: bool) -> None:
    cleaned = clean_field(value)
    assert (cleaned.text, cleaned.is_changed) == (text, is_changed)


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2023", "2023"),
        ("2023-08", "2023-08"),
        ("2023-08-29", "2023-08-29"),
        (" 2023-08-29T10:30:00Z ", "2023-08-29"),
        ("20230829", "2023-08-29"),
        ("2023-13", None),
        ("2023-02-30", None),
        ("29/08/2023", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_date_is_iso_or_nothing(value: str, date: str | None) -> None:
    assert clean_date(value) == date

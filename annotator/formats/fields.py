"""Names and details of a document, made safe to store, show and write: ids refused, titles cleaned."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from annotator.errors import DocumentError
from annotator.formats.base import printable

MAX_ID = 200
MAX_FIELD = 2_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINE_BREAK = re.compile(r"[\t\r\n]+")
_ODD = re.compile("|".join(pattern.pattern for pattern in (_CONTROL, _SURROGATE, _LINE_BREAK)))
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text and whether something other than white space had to be changed."""

    text: str
    is_changed: bool


def clean_field(value: str, *, keep_lines: bool = False) -> Cleaned:
    """Make a detail (title, outlet, note) one clean line.

    Line breaks and tabs become a space unless ``keep_lines``; control characters and text-direction overrides go;
    a lone surrogate becomes U+FFFD; what is longer than :data:`MAX_FIELD` characters is cut.
    """
    kept = _SURROGATE.sub("\ufffd", _CONTROL.sub("", value))
    is_changed = kept != value or len(kept) > MAX_FIELD
    if not keep_lines:
        kept = _LINE_BREAK.sub(" ", kept).strip()
    return Cleaned(kept[:MAX_FIELD], is_changed)


def check_id(identity: str, *, name: str) -> str:
    """Return a document id if it can be stored and shown.

    An id is data: it may look like a path (``../x``) and is never used as one.

    Raises:
        DocumentError: If it is blank, too long, or holds control characters or lone surrogates.
    """
    if not identity.strip():
        raise DocumentError(f"{name}: the document's id is blank. Give it a name, or leave 'id' out.", name=name)
    if len(identity) > MAX_ID:
        raise DocumentError(
            f"{name}: the document's id has {len(identity)} characters ('{printable(identity[:40])}…'); expected at "
            f"most {MAX_ID}. Shorten it.",
            name=name,
        )
    if _CONTROL.search(identity) or _LINE_BREAK.search(identity) or _SURROGATE.search(identity):
        raise DocumentError(
            f"{name}: the document's id '{printable(identity)}' holds control characters. Use letters, digits and "
            "punctuation.",
            name=name,
        )
    return identity


def file_id(name: str) -> str:
    """Return the id of a one-article file: its relative name, with odd characters escaped.

    Raises:
        DocumentError: If the name is too long for an id.
    """
    shown = _ODD.sub(lambda match: printable(match.group()), name)
    return check_id(shown, name=printable(name))


def clean_date(value: str) -> str | None:
    """Return an ISO date or part of one (``2023``, ``2023-08``, ``2023-08-29``), or ``None`` if it is no such date.

    A date with a time keeps its date.
    """
    value = value.strip()
    if len(value) < 10 and _DATE.fullmatch(value):
        return value
    try:
        return datetime.datetime.fromisoformat(value).date().isoformat()
    except ValueError:
        return None

"""A document: one article, its text exactly as received, and what is known about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from annotator.errors import DocumentError

MAX_CHARACTERS = 2_000_000
"""Longest text taken as one article: about 350,000 words. Longer files are collections, not articles."""


@dataclass(frozen=True, slots=True)
class Document:
    """One article. ``text`` never changes; a changed article is a new revision.

    Attributes:
        id: Name of the document, unique in a project.
        text: As received: line ends, byte-order mark and all.
        outlet: Who published it. Never a source quoted inside it.
        published: ISO 8601 date or part of one (``2023``, ``2023-08``, ``2023-08-29``), or ``None``.
        event: Name of the event told, shared by the articles that tell it.
        metadata: Anything else the file said, as text.
        original: What the text was extracted from (an HTML page), when that is not the text itself.
        revision: 1 for the first text stored under this id.
    """

    id: str
    text: str
    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    event: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    original: str | None = None
    revision: int = 1

    @property
    def text_sha256(self) -> str:
        """SHA-256 of the text in UTF-8, as 64 hexadecimal digits."""
        return text_sha256(self.text)

    @property
    def display_title(self) -> str:
        """The title, or the first line of the text, at most 120 characters."""
        if self.title:
            return self.title
        first = self.text.lstrip("\ufeff\r\n\t ").partition("\n")[0].strip()
        return (first[:119] + "…" if len(first) > 120 else first) or self.id


def text_sha256(text: str) -> str:
    """Return the SHA-256 of ``text`` in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def check_text(text: str, *, name: str) -> None:
    """Refuse a text that cannot be stored as received, or is no article.

    Args:
        text: The decoded text.
        name: What to call it in the message: a file name, or file and line.

    Raises:
        DocumentError: If the text is blank, longer than :data:`MAX_CHARACTERS`, or holds NUL or a
            lone surrogate, which neither UTF-8 files nor databases can keep.
    """
    if len(text) > MAX_CHARACTERS:
        raise DocumentError(
            f"{name}: the text has {len(text):,} characters; one article may have at most {MAX_CHARACTERS:,}. "
            "Split it into articles (one per line as .jsonl).",
            name=name,
        )
    if not text.strip("\ufeff \t\r\n"):
        raise DocumentError(f"{name}: the text is empty. Leave the file out, or add its text.", name=name)
    if "\0" in text:
        raise DocumentError(
            f"{name}: the text holds a NUL character at offset {text.index(chr(0))}; this looks like a binary "
            "file. Export it as plain text.",
            name=name,
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{name}: the text holds a lone surrogate (U+{ord(text[error.start]):04X}) at offset {error.start}, half "
            "of a character that was cut in two. Re-export the text from its source.",
            name=name,
        ) from error

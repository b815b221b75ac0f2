"""Every error this package raises on purpose, as one tree.

::

    AnnotatorError                 catch this to catch all of them
    ├── CodebookError              a codebook file is broken, or a label is unknown
    ├── DocumentError              a text cannot be taken as a document
    ├── SpanError                  a span does not fit its text
    ├── OperationError             an edit cannot be applied
    ├── FormatError                a file cannot be read or written as its format
    ├── StoreError                 the database refuses, is missing, broken or too new
    └── ClassifierError            a model folder is missing, broken or for another codebook

A message says what could not be done, what was found and expected, and what to do.
The facts in it are attributes too (``error.facts["document_id"]``), so that a page can link to them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AnnotatorError(Exception):
    """Root of the tree. ``facts`` holds the values named in the message."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


class CodebookError(AnnotatorError):
    """A codebook file is broken, or a label is not in the codebook."""


class DocumentError(AnnotatorError):
    """A text cannot be taken as a document (NUL, lone surrogates, too long, empty)."""


class SpanError(AnnotatorError):
    """A span lies outside its text, is empty, or does not match its quote."""


class OperationError(AnnotatorError):
    """An edit is malformed, or was made against a state that has changed since."""


class FormatError(AnnotatorError):
    """A file cannot be read or written as the format it claims."""


class StoreError(AnnotatorError):
    """The database is missing, locked, broken, read-only, or made by a newer version."""


class ClassifierError(AnnotatorError):
    """A model folder is missing, broken, unsafe, or made for another codebook."""


def near_match(wanted: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest known name, or an empty string.

    Example:
        >>> near_match("loaded_langauge", ["doubt", "loaded_language"])
        " Did you mean 'loaded_language'?"
    """
    close = difflib.get_close_matches(wanted, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""

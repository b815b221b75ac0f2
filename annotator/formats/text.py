"""Plain text and Markdown: one article per file, the text exactly as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotator.documents import MAX_CHARACTERS, Document, check_text
from annotator.formats.base import Article, ReadItem, ReadOptions, Source
from annotator.formats.encoding import decode
from annotator.formats.fields import clean_field, file_id

MAX_BYTES = 4 * MAX_CHARACTERS + 4

_HEADING = re.compile(r"\ufeff?\s*#[ \t]+([^\r\n]+?)[ \t#]*(?:[\r\n]|$)")


def read_text(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Read one article; its id is the file name and it has no title."""
    yield _article(source, options)


def read_markdown(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Read one article; a first-line ``# heading`` is also its title. The marks stay in the text."""
    article = _article(source, options)
    heading = _HEADING.match(article.document.text)
    if heading is None:
        yield article
        return
    yield Article(
        Document(id=article.document.id, text=article.document.text, title=clean_field(heading.group(1)).text),
        name=article.name,
        warnings=article.warnings,
    )


def _article(source: Source, options: ReadOptions) -> Article:
    content = source.read(MAX_BYTES, what=f"one article may have at most {MAX_CHARACTERS:,} characters")
    decoded = decode(content, declared=options.encoding)
    check_text(decoded.text, name=source.name)
    return Article(Document(id=file_id(source.name), text=decoded.text), name=source.name, warnings=decoded.warnings)

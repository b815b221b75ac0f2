"""HTML pages: the readable text, found by trafilatura; the page itself is kept beside it."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from annotator.documents import Document, check_text
from annotator.errors import FormatError
from annotator.formats.base import Article, ReadItem, ReadOptions, Source
from annotator.formats.encoding import Decoded, decode
from annotator.formats.fields import clean_date, clean_field, file_id
from annotator.formats.visible import HIDDEN, visible_text

MAX_BYTES = 8_000_000
LITTLE_KEPT = 0.1
MIN_JUDGED = 2_000
"""Pages with fewer visible characters than this may be kept in small part without a warning."""

_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_\-]{2,40})", re.IGNORECASE)

# Without a handler of its own, what the library logs about odd pages would reach stderr.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())
logging.getLogger("htmldate").addHandler(logging.NullHandler())

SAMPLE = (
    "<html><head><title>Bases, again</title></head><body><article><h1>Bases, again</h1>"
    "<p>The ministry said on Tuesday that they keep illicit bases in the east of the country.</p></article>"
    "</body></html>"
)


@dataclass(frozen=True, slots=True)
class _Readable:
    text: str
    facts: dict[str, str]
    warnings: tuple[str, ...] = ()


def read_html(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Read one article: its text without menus and scripts, and the title, date, outlet and URL the page states.

    The headline opens the text when the page has one, because annotators mark it too. Text that the parser or the
    extraction would lose is never lost in silence: the page's whole visible text is taken instead, with a warning.
    """
    content = source.read(MAX_BYTES, what=f"a page may have at most {MAX_BYTES:,} bytes")
    decoded = _decode_page(content, options)
    if "\0" in decoded.text:
        raise FormatError("the page holds NUL characters; this looks like a binary file. Save it as HTML again.")
    readable = _readable(decoded.text, source.name)
    check_text(readable.text, name=source.name)
    facts, warnings = readable.facts, [*decoded.warnings, *readable.warnings]
    document = Document(
        id=file_id(source.name),
        text=readable.text,
        title=facts.get("title"),
        outlet=facts.get("sitename"),
        published=clean_date(facts.get("date", "")),
        url=facts.get("url"),
        metadata={"author": facts["author"]} if "author" in facts else {},
        original=decoded.text,
    )
    yield Article(document, name=source.name, warnings=tuple(warnings))


def _decode_page(content: bytes, options: ReadOptions) -> Decoded:
    if options.encoding is None:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            stated = _DECLARED.search(content[:4096])
            if stated is not None:
                name = stated.group(1).decode("ascii").casefold()
                name = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}.get(name, name)
                try:
                    # A page whose statement is readable byte by byte cannot be UTF-16 or UTF-32.
                    return Decoded(content.decode("ascii" if name.startswith(("utf-16", "utf-32")) else name), name)
                except (LookupError, UnicodeDecodeError):
                    pass  # the page is wrong about itself, as many are: detect
    return decode(content, declared=options.encoding)


def _readable(page: str, name: str) -> _Readable:
    visible = visible_text(page)
    if not visible.strip():
        raise FormatError("the page shows no text (scripts, styles and markup do not count). Save the article's page.")
    check_text(visible, name=name)  # before the extraction, which takes seconds for millions of characters
    tree = _parse(page)
    if tree is None or _letters(_tree_text(tree)) < 0.95 * _letters(visible):
        warning = "the page nests too deeply to be parsed; the whole visible text was taken, menus included."
        return _Readable(visible, _facts(None), (warning,))
    headline = _headline(tree)
    _strip(tree, keep=("head", "script"))  # they state title, date and author
    found = _extract(tree)
    lines = (found.text or "").splitlines() if found is not None else []
    text = "\n\n".join(line for line in lines if line.strip())  # one block of the page per line
    if not text:
        warning = "no article was recognised on the page; the whole visible text was taken, menus included."
        return _Readable(visible, _facts(found), (warning,))
    warnings: tuple[str, ...] = ()
    if len(visible) >= MIN_JUDGED and len(text) < LITTLE_KEPT * len(visible):
        warnings = (
            f"only {len(text):,} of {len(visible):,} visible characters are in the article; please look at it.",
        )
    if headline and headline not in " ".join(text[: 2 * len(headline) + 200].split()):
        text = f"{headline}\n\n{text}"
    return _Readable(text, _facts(found), warnings)


def _parse(page: str) -> Any:
    from lxml import etree, html

    # Without huge_tree, libxml2 drops whatever lies below 256 nested elements and reports nothing.
    parser = html.HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(page.encode("utf-8"), parser=parser)
    except etree.LxmlError:
        return None


def _tree_text(tree: Any) -> str:
    shown = copy.deepcopy(tree)
    _strip(shown)
    return "".join(shown.itertext())


def _strip(tree: Any, *, keep: Collection[str] = ()) -> None:
    from lxml import etree

    etree.strip_elements(tree, *(name for name in HIDDEN if name not in keep), with_tail=False)


def _headline(tree: Any) -> str:
    found = tree.find(".//h1")
    return " ".join(found.text_content().split()) if found is not None else ""


def _extract(tree: Any) -> Any:
    import trafilatura

    dates = {"extensive_search": False, "original_date": True}
    try:
        return trafilatura.bare_extraction(
            tree, with_metadata=True, include_comments=False, date_extraction_params=dates
        )
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None  # the caller falls back to the visible text, and says so


def _facts(found: Any) -> dict[str, str]:
    facts = {}
    for key in ("title", "sitename", "date", "url", "author"):
        value = getattr(found, key, None)
        if isinstance(value, str) and clean_field(value).text:
            facts[key] = clean_field(value).text
    return facts


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))

"""One row of the annotated-corpus contract: JSON object ⇄ article. JSONL, CSV, Parquet and datasets share it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from annotator.documents import Document, check_text, text_sha256
from annotator.errors import DocumentError, FormatError
from annotator.formats.base import Article, ReadOptions, place, printable
from annotator.formats.fields import check_id, clean_date, clean_field
from annotator.formats.labels import annotation_record, json_kind, with_annotations

DETAILS = ("title", "outlet", "published", "url", "event")
_MEANT = frozenset(("body", "content", "article", "fulltext", "full_text", "article_text", "article_body"))
_KNOWN = frozenset(
    (
        *("id", "text", *DETAILS, "metadata", "original", "revision", "text_sha256", "sha256"),
        *("offset_unit", "codebook", "annotations", "gold", "suggestions"),
    )
)


def article_from_record(record: Any, *, name: str, line: int | None, options: ReadOptions) -> Article:
    """Read one row.

    Args:
        record: Any JSON value; an object with at least ``text`` is expected. Keys the contract does not name are
            kept as metadata.
        name, line: Where it stands, for messages and for the id of a row without one.

    Raises:
        FormatError: If it is no object, has no text, or an annotation is malformed.
        DocumentError: If the text or the id cannot be stored.
        SpanError: If a span does not fit the text.
        CodebookError: If a label is not in ``options.codebook``.
    """
    where = place(name, line)
    if not isinstance(record, Mapping):
        raise FormatError(f'the row is a JSON {json_kind(record)}; expected an object like {{"id": …, "text": …}}.')
    text = _text(record)
    check_text(text, name=where)
    _check_sha256(record, text)
    warnings: list[str] = []
    document = _document(record, text, where, warnings, default_id=f"{name}:{line}" if line is not None else name)
    article = Article(
        document, name=name, line=line, warnings=tuple(warnings), codebook=_optional_text(record, "codebook")
    )
    return with_annotations(article, record, options) if options.annotations else article


def _text(record: Mapping[str, Any]) -> str:
    text = record.get("text")
    if isinstance(text, str):
        return text
    if "text" not in record and {"spans", "summary", "model"} <= set(record):
        raise FormatError(
            "this is a scored article (written by annotator score): it holds suggestions, not the text. "
            "Read the articles it was made from."
        )
    if "text" not in record:
        raise FormatError(missing_text(map(str, record)))
    raise FormatError(f"'text' is a JSON {json_kind(text)}; expected a string.")


def missing_text(names: Iterable[str]) -> str:
    """Return the message for a row or table without ``text``: what was found, and what may be meant."""
    listed = list(names)
    found = ", ".join(printable(name[:40]) for name in listed[:20]) or "nothing"
    meant = [name for name in listed if name.casefold() in _MEANT] or difflib.get_close_matches("text", listed, n=1)
    remedy = f"Rename '{meant[0]}' to 'text' if that is the article." if meant else "Add it: the article's full text."
    return f"there is no 'text'; found {found}. {remedy}"


def _check_sha256(record: Mapping[str, Any], text: str) -> None:
    for key in ("text_sha256", "sha256"):
        stated = record.get(key)
        if isinstance(stated, str) and len(stated) == 64 and stated.casefold() != text_sha256(text):
            raise DocumentError(
                f"'{key}' is {stated[:12]}…, but the text's SHA-256 is {text_sha256(text)[:12]}…: the text was changed "
                f"after it was written. Restore it, or remove '{key}'."
            )


def _document(record: Mapping[str, Any], text: str, where: str, warnings: list[str], *, default_id: str) -> Document:
    identity = record.get("id")
    if identity is None or identity == "":
        identity = default_id
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise FormatError(f"'id' is a JSON {json_kind(identity)}; expected a string or a whole number.")
    details = {key: _detail(record, key, warnings) for key in DETAILS}
    metadata = _metadata(record, warnings)
    published = details["published"]
    if published is not None and clean_date(published) is None:
        warnings.append("'published' is no date like 2023-08-29; kept as metadata.")
        metadata["published"] = published
    return Document(
        id=check_id(str(identity), name=where),
        text=text,
        metadata=metadata,
        original=_optional_text(record, "original"),
        title=details["title"],
        outlet=details["outlet"],
        published=clean_date(published) if published is not None else None,
        url=details["url"],
        event=details["event"],
    )


def _detail(record: Mapping[str, Any], key: str, warnings: list[str]) -> str | None:
    value = record.get(key)
    if value is None or value == "":
        return None
    if hasattr(value, "isoformat"):  # a date or timestamp column of a Parquet file
        value = value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FormatError(f"'{key}' is a JSON {json_kind(value)}; expected a string.")
    cleaned = clean_field(str(value))
    if cleaned.is_changed:
        warnings.append(f"'{key}' held control characters or was too long; it was cleaned.")
    return cleaned.text or None


def _metadata(record: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    found = record.get("metadata")
    if isinstance(found, str) and found:  # as in our CSV and Parquet files
        try:
            found = json.loads(found)
        except ValueError:
            found = {"metadata": found}
    extra = {str(key): value for key, value in record.items() if key not in _KNOWN}
    if isinstance(found, Mapping):
        extra.update({str(key): value for key, value in found.items()})
    elif found:
        extra["metadata"] = found
    kept: dict[str, str] = {}
    for key, value in extra.items():
        if value is None or value == "":
            continue
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        cleaned = clean_field(written, keep_lines=True)
        name = clean_field(key).text
        if cleaned.is_changed:
            warnings.append(f"metadata '{name}' held control characters or was too long; it was cleaned.")
        kept[name] = cleaned.text
    return kept


def _optional_text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        return None
    if "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise FormatError(
            f"'{key}' holds NUL or a lone surrogate, which cannot be stored. Re-export it from its source."
        )
    return value


def article_record(article: Article) -> dict[str, Any]:
    """Return one article as a row of the annotated-corpus contract.

    ``metadata``, ``original``, ``revision``, ``gold`` and ``suggestions`` are left out when empty.
    """
    document = article.document
    record: dict[str, Any] = {
        "id": document.id,
        **{key: getattr(document, key) for key in DETAILS},
        "text": document.text,
        "text_sha256": document.text_sha256,
        "offset_unit": "codepoint",
        "codebook": article.codebook,
        "annotations": [annotation_record(annotation) for annotation in article.annotations],
    }
    if document.metadata:
        record["metadata"] = dict(document.metadata)
    if document.original is not None:
        record["original"] = document.original
    if document.revision > 1:
        record["revision"] = document.revision
    if article.gold is not None:
        gold = annotation_record(article.gold)
        record["gold"] = {"frames": gold["frames"], "spans": gold["spans"]}
    if article.suggestions:
        record["suggestions"] = [dict(suggestion) for suggestion in article.suggestions]
    return record

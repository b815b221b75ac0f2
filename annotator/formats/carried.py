"""An article on its way between processes: one line of JSON, and exactly the same article again."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from annotator.annotations import Annotation, LabelledSpan
from annotator.documents import Document
from annotator.formats.base import Article


def article_line(article: Article) -> str:
    """Return the article as one line of JSON; what is not set is left out.

    Example:
        >>> article_line(Article(Document("a1", "Text."), name="a.csv", line=2))
        '{"document": {"id": "a1", "text": "Text."}, "name": "a.csv", "line": 2}'
    """
    record = _set_fields(article)
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # a file name that is no UTF-8
        return json.dumps(record)
    return line


def article_of_line(line: str) -> Article:
    """Return the article of a line of :func:`article_line`."""
    record: dict[str, Any] = json.loads(line)
    record["document"] = Document(**record["document"])
    record["annotations"] = tuple(_annotation(entry) for entry in record.get("annotations", ()))
    if "gold" in record:
        record["gold"] = _annotation(record["gold"])
    for key in ("warnings", "suggestions"):
        record[key] = tuple(record.get(key, ()))
    return Article(**record)


def _annotation(record: dict[str, Any]) -> Annotation:
    spans = tuple(LabelledSpan(**{**span, "frames": tuple(span.get("frames", ()))}) for span in record.get("spans", ()))
    return Annotation(**{**record, "frames": tuple(record.get("frames", ())), "spans": spans})


def _set_fields(value: Any) -> Any:
    """Return dataclasses as objects of the fields that differ from their defaults."""
    if isinstance(value, tuple):
        return [_set_fields(entry) for entry in value]
    if not dataclasses.is_dataclass(value):
        return value
    record = {}
    for field in dataclasses.fields(value):
        found = getattr(value, field.name)
        is_unset = field.default_factory() == found if callable(field.default_factory) else field.default == found
        if not is_unset:
            record[field.name] = _set_fields(found)
    return record

"""The labels of one row: annotations and gold, from JSON and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from annotator.annotations import STATUSES, Annotation, LabelledSpan
from annotator.errors import AnnotatorError, FormatError, SpanError, near_match
from annotator.formats.base import GOLD, OFFSET_UNITS, Article, ReadOptions
from annotator.formats.fields import clean_field
from annotator.spans import OffsetMap, Utf16, check_quote, shorten


def with_annotations(article: Article, record: Mapping[str, Any], options: ReadOptions) -> Article:
    """Return ``article`` with the ``annotations`` and ``gold`` of its row, converted to code points and checked.

    Raises:
        FormatError: If an annotation is malformed.
        SpanError: If a span does not fit the text.
        CodebookError: If a label is not in ``options.codebook``.
    """
    warnings = list(article.warnings)
    convert = _converter(article.document.text, record, options, warnings)
    listed = record.get("annotations") or ()
    if isinstance(listed, str):  # a JSON cell
        listed = _json_cell(listed, "annotations")
    if isinstance(listed, Mapping) or not isinstance(listed, Iterable):
        raise FormatError(f"'annotations' is a JSON {json_kind(listed)}; expected a list.")
    annotations = tuple(
        _annotation(entry, f"annotation {rank}", convert, options) for rank, entry in enumerate(listed, start=1)
    )
    names = [annotation.annotator.casefold() for annotation in annotations]
    for annotation in annotations:
        if names.count(annotation.annotator.casefold()) > 1:
            raise FormatError(
                f"annotator '{annotation.annotator}' has more than one annotation here; expected one each."
            )
    gold = None
    if record.get("gold"):
        entry = _json_cell(record["gold"], "gold") if isinstance(record["gold"], str) else record["gold"]
        gold = _annotation(entry, "gold", convert, options, annotator=GOLD)
    elif GOLD in names:  # our CSV files write gold as one more annotator
        gold = annotations[names.index(GOLD)]
        annotations = tuple(annotation for annotation in annotations if annotation is not gold)
    _check(article, annotations if gold is None else (*annotations, gold), options=options, warnings=warnings)
    if record.get("suggestions"):
        warnings.append(f"{len(record['suggestions'])} suggestions not read: make them anew with annotator score.")
    return replace(article, annotations=annotations, gold=gold, warnings=tuple(warnings))


def _check(article: Article, annotations: tuple[Annotation, ...], *, options: ReadOptions, warnings: list[str]) -> None:
    codebook = options.codebook
    for annotation in annotations:
        try:
            if codebook is not None:
                annotation.check(article.document.text, codebook)
            else:
                for span in annotation.spans:
                    check_quote(article.document.text, span.start, span.end, span.quote)
        except AnnotatorError as error:
            raise type(error)(f"annotator '{annotation.annotator}': {error}", **error.facts) from error
    stated = article.codebook
    if codebook is not None and annotations and stated and stated.partition("@")[0] != codebook.id:
        warnings.append(f"labels were made with codebook '{stated}'; checked against '{codebook.ref}'.")


Converter = OffsetMap | None


def _converter(text: str, record: Mapping[str, Any], options: ReadOptions, warnings: list[str]) -> Converter:
    stated = record.get("offset_unit")
    if stated is not None and stated not in OFFSET_UNITS:
        raise FormatError(
            f"'offset_unit' is '{stated}'; expected {' or '.join(OFFSET_UNITS)}.{near_match(str(stated), OFFSET_UNITS)}"
        )
    unit = options.offsets or stated or "codepoint"
    if options.offsets and stated and stated != options.offsets and (record.get("annotations") or record.get("gold")):
        warnings.append(f"the row says offset_unit '{stated}'; read as '{options.offsets}', as asked for.")
    return OffsetMap(text) if unit == "utf16" else None


def _annotation(
    entry: Any, what: str, convert: Converter, options: ReadOptions, *, annotator: str | None = None
) -> Annotation:
    if not isinstance(entry, Mapping):
        raise FormatError(f"{what} is a JSON {json_kind(entry)}; expected an object.")
    name = annotator or entry.get("annotator") or options.annotator
    if not isinstance(name, str) or not name.strip():
        raise FormatError(f"{what} names no 'annotator'. Name one in the file, or import with --annotator NAME.")
    status = entry.get("status") or ("submitted" if annotator else "draft")
    if status not in STATUSES:
        raise FormatError(
            f"{what} has status '{status}'; expected {', '.join(STATUSES)}.{near_match(str(status), STATUSES)}"
        )
    frames = entry.get("frames") or ()
    if isinstance(frames, str) or not all(isinstance(frame, str) for frame in frames):
        raise FormatError(f"{what} has frames {frames!r:.80}; expected a list of frame ids.")
    spans = entry.get("spans") or ()
    if isinstance(spans, str | Mapping):
        raise FormatError(f"{what} has spans that are a JSON {json_kind(spans)}; expected a list.")
    return Annotation(
        clean_field(name).text, status, tuple(frames), tuple(_span(span, what, convert) for span in spans)
    )


def _span(entry: Any, what: str, convert: Converter) -> LabelledSpan:
    if not isinstance(entry, Mapping):
        raise FormatError(f"a span of {what} is a JSON {json_kind(entry)}; expected an object.")
    span = LabelledSpan.from_record(entry)
    if convert is not None:
        try:
            start, end = convert.to_codepoint(Utf16(span.start)), convert.to_codepoint(Utf16(span.end))
        except SpanError as error:
            raise SpanError(
                f"Cannot convert span [{span.start}, {span.end}) '{shorten(span.quote)}' of {what} from UTF-16 units: "
                f"{error} If the offsets are code points, import without --offsets utf16.",
                **error.facts,
            ) from error
        span = replace(span, start=start, end=end)
    target = clean_field(span.target).text if span.target is not None else None
    return replace(span, target=target, note=clean_field(span.note, keep_lines=True).text)


def annotation_record(annotation: Annotation) -> dict[str, Any]:
    """Return one annotator's work as the contract writes it."""
    return {
        "annotator": annotation.annotator,
        "status": annotation.status,
        "frames": list(annotation.frames),
        "spans": [span.to_record() for span in annotation.spans],
    }


def _json_cell(cell: str, what: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError as error:
        raise FormatError(f"'{what}' is no JSON: {error}.") from error


def json_kind(value: Any) -> str:
    """Return the JSON name of a value's type, for messages."""
    if value is None:
        return "null"
    kinds = {bool: "true/false", int: "number", float: "number", str: "string", list: "list", dict: "object"}
    return kinds.get(type(value), type(value).__name__)

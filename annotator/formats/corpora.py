"""Research corpora (PTC 2020, BABE, BASIL) in one common JSON Lines layout, read as gold labels.

Each line has ``id``, ``text``, ``source``, ``split``, ``labels`` (of the document), ``spans`` (``start``, ``end``,
``label``, ``text``; code points, end exclusive) and ``meta``. Labels stay as the corpus spells them, unless a codebook
is given: then they cross to its labels, and those without a counterpart are left out and counted in a warning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from annotator.codebook import Codebook
from annotator.errors import FormatError
from annotator.formats.base import GOLD, Article, Reader, ReadItem, ReadOptions, Source
from annotator.formats.jsonl import read_rows
from annotator.formats.labels import json_kind
from annotator.formats.records import article_from_record
from annotator.schemes import BABE, BASIL, PTC2020, Scheme, own_label

SPLIT, FOLD, LABEL, STORY, SENTENCES = "split", "fold", "label", "triplet", "sentences"
"""Keys of :attr:`Document.metadata` that benchmarks read."""

_POLARITIES = {"neg": "-", "pos": "+"}
_ROW = '{{"id": "{id}", "text": "They keep illicit bases.", "source": "Herald", "split": "train", "spans": [{{"start": 10, "end": 23, "label": "{label}", "text": "illicit bases"}}], "labels": {labels}, "meta": {meta}}}\n'  # noqa: E501
SAMPLES = {
    "ptc2020": _ROW.format(id="p1", label="Loaded_Language", labels='["Loaded_Language"]', meta='{"title": "Bases"}'),
    "babe": _ROW.format(id="b1", label="BIASED_WORDS", labels='["Biased"]', meta='{"topic": "bases"}'),
    "basil": _ROW.format(
        id="s1",
        label="Lexical",
        labels='["stance:center"]',
        meta='{"event": "Bases", "triplet": "t1", "date": "2023-08-29", "berg_fold_as_test": ["3"]}',
    ),
}
"""One invented line of each."""

Extras = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
"""From row and ``meta`` to details and metadata of the document."""


def _read(source: Source, options: ReadOptions, *, scheme: Scheme, extras: Extras) -> Iterator[ReadItem]:
    """Yield one article per line, its labels as gold; a bad line is rejected and the next one read."""

    def convert(record: Any, *, name: str, line: int | None, options: ReadOptions) -> Article:
        row = _row(record, scheme)
        details = extras(row, row["meta"])
        lost: Counter[str] = Counter()
        gold = _gold(row, scheme, options.codebook, lost)
        fresh = {"id": row.get("id"), "text": row["text"], "offset_unit": "codepoint", **details}
        if gold is not None and options.annotations:
            fresh["gold"] = gold
        article = article_from_record(fresh, name=name, line=line, options=options)
        if not options.annotations:
            return article
        warnings = [f"{count} × '{label}' left out: codebook '{options.codebook.ref}' has nothing like it."
                    for label, count in lost.items() if options.codebook]  # fmt: skip
        if gold is None:
            warnings.append(f"no label read: {', '.join(map(str, row['labels'])) or 'none given'}.")
        return replace(article, warnings=(*article.warnings, *warnings))

    return read_rows(source, options, convert)


def _row(record: Any, scheme: Scheme) -> dict[str, Any]:
    """Return the row with every key that is read later, or say that it is none of this corpus."""
    if not isinstance(record, Mapping):
        raise FormatError(f"the row is a JSON {json_kind(record)}; expected an object with id, text, spans and labels.")
    row = {"meta": {}, "labels": [], **record}
    for key, kind in (("text", str), ("spans", list), ("labels", list), ("meta", Mapping)):
        if not isinstance(row.get(key), kind):
            found = json_kind(row[key]) if key in row else "missing"
            raise FormatError(
                f"'{key}' is {found}; a row of {scheme.name} has id, text, spans, labels and meta. Is this an "
                "annotated corpus in another layout? Then read it with --input-format jsonl."
            )
    return row


def _gold(
    row: Mapping[str, Any], scheme: Scheme, codebook: Codebook | None, lost: Counter[str]
) -> dict[str, Any] | None:
    """Return the gold record, or ``None`` where the people who labelled did not agree."""
    if scheme is BABE and not {"Biased", "Non-biased"} & set(map(str, row["labels"])):
        return None
    spans = [found for entry in row["spans"] if (found := _span(entry, scheme, codebook, lost)) is not None]
    frames = []
    for label in (label for label in row["labels"] if label in scheme.frames):
        own = own_label(scheme, "frame", label, codebook) if codebook is not None else label
        if own is None:
            lost[label] += 1
        elif own not in frames:
            frames.append(own)
    return {"annotator": GOLD, "frames": frames, "spans": spans}


def _span(entry: Any, scheme: Scheme, codebook: Codebook | None, lost: Counter[str]) -> dict[str, Any] | None:
    if not isinstance(entry, Mapping):
        raise FormatError(f"a span is a JSON {json_kind(entry)}; expected an object.")
    label = entry.get("label")
    if label not in scheme.devices:
        raise FormatError(f"Unknown label {label!r}. {scheme.name} has: {', '.join(scheme.devices)}.")
    device = own_label(scheme, "device", str(label), codebook) if codebook is not None else label
    if device is None:
        lost[str(label)] += 1
        return None
    target = entry.get("target")
    found = {
        "start": entry.get("start"),
        "end": entry.get("end"),
        "quote": entry.get("text"),
        "device": device,
        "target": target.replace("_", " ") if isinstance(target, str) else None,
        "polarity": _POLARITIES.get(str(entry.get("polarity"))),
        "voice": "quoted" if entry.get("quote") == "yes" else None,
    }
    for kind in ("polarity", "voice"):
        if codebook is not None and found[kind] not in codebook.ids(kind):
            found[kind] = None
    return found


def _ptc2020(row: Mapping[str, Any], meta: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": meta.get("title"), "metadata": {SPLIT: row.get("split")}}


def _babe(row: Mapping[str, Any], meta: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: meta[key] for key in ("topic", "outlet_leaning", "opinion", "votes") if key in meta}
    label = next(iter(row["labels"]), None)
    return {"outlet": row.get("source"), "url": meta.get("url"), "metadata": {**kept, LABEL: label}}


def _basil(row: Mapping[str, Any], meta: Mapping[str, Any]) -> dict[str, Any]:
    folds = meta.get("berg_fold_as_test") or []
    details = {"title": meta.get("title"), "published": meta.get("date"), "event": meta.get("event")}
    kept = {STORY: meta.get("triplet"), FOLD: ",".join(map(str, folds)), SENTENCES: meta.get("sentences")}
    return {**details, "outlet": row.get("source"), "url": meta.get("url"), "metadata": kept}


read_ptc2020: Reader = partial(_read, scheme=PTC2020, extras=_ptc2020)
read_babe: Reader = partial(_read, scheme=BABE, extras=_babe)
read_basil: Reader = partial(_read, scheme=BASIL, extras=_basil)

"""Codebooks as rows: the parsed codebook as JSON, so that opening a project never reads a file."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

from annotator.codebook import Codebook, Example, Label

_LABELS = ("devices", "frames", "voices", "polarities")


def codebook_to_json(codebook: Codebook) -> str:
    """Return every field of a codebook as JSON."""
    plain = replace(codebook, crosswalks={name: dict(walk) for name, walk in codebook.crosswalks.items()})
    return json.dumps(asdict(plain), ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=32)
def codebook_from_json(body: str) -> Codebook:
    """Read what :func:`codebook_to_json` writes; fields of other versions of this package are ignored."""
    record: dict[str, Any] = json.loads(body)
    for key in _LABELS:
        record[key] = tuple(_label(label) for label in record.get(key, ()))
    record["crosswalks"] = {
        name: {label: tuple(theirs) for label, theirs in walk.items()}
        for name, walk in record.get("crosswalks", {}).items()
    }
    return Codebook(**_known(Codebook, record))


def _label(record: dict[str, Any]) -> Label:
    examples = tuple(Example(**_known(Example, example)) for example in record.get("examples", ()))
    return Label(**_known(Label, record) | {"examples": examples})


def _known(kind: type[Any], record: dict[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {key: value for key, value in record.items() if key in names}

"""Labels that language-model annotators gave to articles of FA-KES and of the unlabelled pool.

Only labels and offsets are in the repository (``derived/news_framing_pool.jsonl``); the texts belong to their
publishers and are read from where you have them. An article was labelled up to a paragraph's end near 430 words,
so ``length`` code points of the text count, and their SHA-256 is checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from annotator.annotations import Annotation, LabelledSpan
from annotator.documents import Document
from annotator.errors import FormatError
from benchmarks.quality.news_framing import Labelled, codebook

LABELS = Path(__file__).with_name("derived") / "news_framing_pool.jsonl"

Part = Literal["train", "calibration"]


def read_pool(files: Sequence[Path], part: Part) -> list[Labelled]:
    """Return the labelled articles of one part.

    Args:
        files: JSON Lines named after their corpus (``fa_kes.jsonl``, ``pool_syria.jsonl``), with ``id`` and ``text``.
        part: ``calibration`` articles are never trained on: probabilities and thresholds are fitted to them.

    Raises:
        FormatError: If a text is missing or is not the one that was labelled.
    """
    texts = {(path.stem, row["id"]): str(row["text"]) for path in files for row in _rows(path)}
    labels = codebook()
    found = []
    for row in _rows(LABELS):
        if row["part"] != part:
            continue
        whole = texts.get((row["corpus"], row["id"]))
        if whole is None:
            raise FormatError(f"Cannot find article '{row['id']}' of {row['corpus']}: is {row['corpus']}.jsonl given?")
        text = whole[: row["length"]]
        if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
            raise FormatError(f"Article '{row['id']}' of {row['corpus']} is not the text that was labelled.")
        gold = Annotation(
            "model", "submitted", tuple(row["frames"]), tuple(_span(text, values) for values in row["spans"])
        )
        gold.check(text, labels)
        found.append(Labelled(Document(id=f"{row['corpus']}/{row['id']}", text=text, event=row["event"]), gold))
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _span(text: str, values: Sequence[Any]) -> LabelledSpan:
    start, end, device, frames, voice, polarity, target = values
    return LabelledSpan(start, end, text[start:end], device, tuple(frames), voice, target, polarity)

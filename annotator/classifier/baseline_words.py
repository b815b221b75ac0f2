"""Words as the linear baseline sees them: their form, their neighbours, their shape, their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from annotator.annotations import Annotation
from annotator.classifier.calibration import Doubles
from annotator.segments import sentences
from annotator.spans import Span

WIDTH = 2**18
"""Columns that features are hashed into; collisions cost little at this size."""
OPENING, CLOSING = "“\"‘'«(", "”\"’'»)"


class Marked(NamedTuple):
    """A word with the probability of standing in a loaded phrase, and of each device if it does."""

    place: Span
    probability: float
    devices: Doubles


def labels_of(places: Sequence[Span], gold: Annotation) -> list[str | None]:
    """Return the device of each word: that of the shortest gold span over it, ``None`` outside all."""
    labels: list[str | None] = [None] * len(places)
    for span in sorted(gold.spans, key=lambda s: s.start - s.end):
        for index, place in enumerate(places):
            if place.start < span.end and place.end > span.start:
                labels[index] = span.device
    return labels


def word_features(text: str, places: Sequence[Span]) -> Any:
    """Return a sparse matrix of shape (words, WIDTH)."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(n_features=WIDTH, input_type="string", alternate_sign=False)
    return hasher.transform(_features(text, places))


def _features(text: str, places: Sequence[Span]) -> Iterator[list[str]]:
    forms = ["", "", *(text[place.start : place.end] for place in places), "", ""]
    lower = [form.casefold() for form in forms]
    starts = {sentence.start for sentence in sentences(text)}
    for index, place in enumerate(places):
        at = index + 2
        form, low = forms[at], lower[at]
        yield [
            f"w={low}",
            f"-1={lower[at - 1]}",
            f"+1={lower[at + 1]}",
            f"-2={lower[at - 2]}",
            f"+2={lower[at + 2]}",
            f"-1w={lower[at - 1]} {low}",
            f"w+1={low} {lower[at + 1]}",
            f"end={low[-3:]}",
            f"begin={low[:4]}",
            f"shape={_shape(form)}",
            f"quoted={_is_quoted(text, place)}",
            f"first={place.start in starts}",
            f"part={10 * index // len(places)}",
        ]


def _shape(form: str) -> str:
    if any(character.isdigit() for character in form):
        return "digit"
    if form.isupper():
        return "upper"
    return "capital" if form[:1].isupper() else "lower"


def _is_quoted(text: str, place: Span) -> str:
    before, after = text[place.start - 1 : place.start], text[place.end : place.end + 1]
    return f"{bool(before) and before in OPENING}{bool(after) and after in CLOSING}"

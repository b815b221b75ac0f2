"""The model card of a trained model: what it learned from, how good it is, what it must not be used for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.classifier.checkpoint import write_whole
from annotator.classifier.modeling import FramingConfig
from annotator.formats import GOLD
from annotator.workflows.train_material import Material
from annotator.workflows.train_progress import Course

CARD = "README.md"
TERMS = "## Terms"
WEAK = 0.3
"""Labels below this F1 are named among the limits."""

ROWS = (
    ("loaded phrases, partial overlap F1", ("spans_partial", "f1")),
    ("precision", ("spans_partial", "precision")),
    ("recall", ("spans_partial", "recall")),
    ("the same with device, F1", ("spans_partial_with_device", "f1")),
    ("exact span and device F1", ("spans_exact_with_device", "f1")),
    ("device micro-F1 on matched spans", ("device_micro_f1_on_matched",)),
    ("voice accuracy on matched spans", ("voice_accuracy_on_matched",)),
    ("article frames micro-F1", ("frames_micro_f1",)),
    ("expected calibration error, spans", ("calibration_error_spans",)),
    ("expected calibration error, frames", ("calibration_error_frames",)),
)


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card is written from; ``reports`` as in ``metrics.json``, ``dev`` articles held back."""

    config: FramingConfig
    material: Material
    dev: int
    course: Course
    reports: Mapping[str, Any]
    measured_on: str


def write_card(folder: Path, facts: CardFacts) -> None:
    """Write the card; the terms of a card that is there are kept, because a person wrote them.

    Raises:
        OSError: If it cannot be written.
    """
    path = folder / CARD
    _, found, terms = path.read_text("utf-8").partition(TERMS) if path.is_file() else ("", "", "")
    kept = found + terms if found else _terms(facts.config)
    write_whole(path, "\n".join([*_lines(facts), "", kept.rstrip(), ""]))


def _lines(facts: CardFacts) -> Iterator[str]:
    config = facts.config
    name, _, version = config.release.partition("@")
    yield f"# {name} {version}"
    yield ""
    yield "Suggests loaded phrases (with device, frames, voice, target, polarity) and article frames, with the labels"
    yield f"of the codebook `{config.codebook}`. It marks wording. It does not say whether a statement is true, and it"
    yield "does not rate outlets."
    yield from _data(facts)
    yield from _training(facts)
    yield from ["", "## Figures", facts.measured_on, ""]
    yield from _figures(facts.reports)
    yield from ["", "By device (model alone, partial overlap):", ""]
    yield from _devices(facts.reports["model"]["by_device"])
    yield from _limits(facts)


def _data(facts: CardFacts) -> Iterator[str]:
    examples = facts.material.examples
    articles = facts.material.articles()
    names = Counter(example.annotation.annotator for example in examples)
    by = ", ".join(f"{'adjudicated' if name == GOLD else name} ({count})" for name, count in names.most_common())
    devices = Counter(span.device for example in examples for span in example.annotation.spans)
    frames = Counter(frame for example in examples for frame in example.annotation.frames)
    yield from ["", "## Training data"]
    yield f"{len(articles)} articles from {facts.material.origin}; {facts.dev} held back to judge and calibrate on."
    yield f"Labelled by, with the number of articles: {by}."
    yield from facts.material.notes
    yield ""
    yield f"Spans by device: {_counts(devices)}."
    yield f"Articles by frame: {_counts(frames)}."


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{label} {count}" for label, count in counts.most_common()) or "none"


def _training(facts: CardFacts) -> Iterator[str]:
    config, course = facts.config, facts.course
    yield from ["", "## Training"]
    hashed = f" (SHA-256 of its weights: {config.base_model_sha256})" if config.base_model_sha256 else ""
    yield f"Started from the encoder `{_base(config)}`{hashed}. The weights are those of epoch {course.best_epoch}"
    yield f"of {len(course.epochs)}, the best on the articles held back; calibration and thresholds are fitted on them."


def _base(config: FramingConfig) -> str:
    """Return the encoder's name; of a folder of this machine only its last part."""
    path = Path(config.base_model)
    return path.name if path.is_absolute() else config.base_model


def _figures(reports: Mapping[str, Any]) -> Iterator[str]:
    yield "| | " + " | ".join(reports) + " |"
    yield "|---" * (1 + len(reports)) + "|"
    for title, path in ROWS:
        yield f"| {title} | " + " | ".join(_cell(report, path) for report in reports.values()) + " |"


def _cell(report: Mapping[str, Any], path: tuple[str, ...]) -> str:
    figure: Any = report
    for key in path:
        figure = figure[key]
    if figure["value"] is None:
        return "undefined"
    low, high = figure.get("interval") or (None, None)
    return f"{figure['value']:.3f}" + (f" [{low:.3f}, {high:.3f}]" if low is not None else " (no interval)")


def _devices(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "| device | labelled | suggested | precision | recall | F1 |"
    yield "|---|---|---|---|---|---|"
    for name, row in rows.items():
        cells = ["undefined" if row[key] is None else f"{row[key]:.2f}" for key in ("precision", "recall", "f1")]
        yield f"| {name} | {row['gold']} | {row['suggested']} | {' | '.join(cells)} |"


def _limits(facts: CardFacts) -> Iterator[str]:
    report = facts.reports["model"]
    found = (report["by_device"] | report["by_frame"]).items()
    weak = [name for name, row in found if row["gold"] and (row["f1"] or 0) < WEAK]
    unseen = [name for name, row in found if not row["gold"]]
    yield from ["", "## Limits"]
    if weak:
        yield f"- F1 below {WEAK} on the articles held back: {', '.join(weak)}. Expect these to be missed or wrong."
    if unseen:
        yield f"- Not among the articles held back, so nothing is known: {', '.join(unseen)}."
    yield "- Measured on articles like those it learned from. Other topics, years, outlets and languages: not measured."
    yield "- Labels of few annotators: the model repeats their habits, and agreement with others was not measured here."
    yield "- Not for deciding whether a statement is true, nor for ranking outlets without counts, intervals and a "
    yield "  person's check, nor for moderating or sanctioning authors."


def _terms(config: FramingConfig) -> str:
    return (
        f"{TERMS}\nNot stated yet. Say here who may use the weights and for what: that depends on the licence of the "
        f"encoder `{_base(config)}` and on the terms of the texts and labels it learned from."
    )

"""Judge a model on the dev part: figures after each epoch, and the whole report when training is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotator import metrics
from annotator.annotations import Annotation
from annotator.classifier.base import Whole
from annotator.classifier.calibration import Calibration
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.fitting import SUPPORT, fit_calibration
from annotator.classifier.interpreting import Interpreter
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.lexicon_features import LexiconFeatures
from annotator.classifier.modeling import FramingConfig, FramingModel
from annotator.classifier.reading import RawReading, Reader
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.evaluation import Judged, judge, report
from annotator.workflows.score import joined
from annotator.workflows.train_material import Example

PARTS = 5
"""The dev part is cut into this many: each is judged with a calibration fitted on the others."""


@dataclass(frozen=True, slots=True)
class DevFigures:
    """How good the model is on the dev part; ``None`` where undefined."""

    spans_partial_f1: float | None
    spans_with_device_f1: float | None
    frames_micro_f1: float | None

    def to_record(self) -> dict[str, float | None]:
        """Return the figures by name, rounded."""
        return {name: None if value is None else round(value, 4) for name, value in asdict(self).items()}

    @property
    def score(self) -> float:
        """One number to compare epochs by: the mean of the figures, an undefined one counting 0."""
        return (
            sum(f or 0.0 for f in (self.spans_partial_f1, self.spans_with_device_f1, self.frames_micro_f1)) / 3
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DevPart:
    """Articles held back with what the network says about them, in the same order."""

    examples: Sequence[Example]
    readings: Sequence[RawReading]

    def gold(self) -> list[Annotation]:
        """Return what the model should have said, article by article."""
        return [example.annotation for example in self.examples]

    def without(self, places: set[int]) -> DevPart:
        """Return the part less the articles at ``places``."""
        kept = [i for i in range(len(self.examples)) if i not in places]
        return DevPart([self.examples[i] for i in kept], [self.readings[i] for i in kept])


def read_dev(
    model: FramingModel, encoder: TextEncoder, examples: Sequence[Example], *, lexicon: LexiconSuggester | None
) -> DevPart:
    """Let a model on the CPU read the dev part, the lexicon beside it where there is one."""
    features = LexiconFeatures(lexicon, model.config.devices) if lexicon else None
    reader = Reader(model, encoder, decoding=Decoding(**model.config.decoding), lexicon=features)
    return DevPart(examples, list(reader.read(example.document.text for example in examples)))


def fit(part: DevPart, config: FramingConfig) -> Calibration:
    """Fit calibration and thresholds; where no labelled span was found, scores stay as they are."""
    if not any(_supported(r, a) for r, a in zip(part.readings, part.gold(), strict=True)):
        return Calibration.from_record({}, devices=len(config.devices), frames=len(config.frames))
    texts = [example.document.text for example in part.examples]
    return fit_calibration(part.readings, part.gold(), config, texts=texts)


def dev_figures(part: DevPart, config: FramingConfig, codebook: Codebook) -> DevFigures:
    """Return the figures of one epoch, thresholds fitted on the very articles they are measured on.

    Good for telling epochs apart, too good for a model card: see :func:`full_report`.
    """
    interpreter = Interpreter(config, fit(part, config))
    found = [interpreter.suggestions(e.document, r) for e, r in zip(part.examples, part.readings, strict=True)]
    return headline([judge(gold, one, codebook) for gold, one in zip(part.gold(), found, strict=True)])


def headline(judged: Sequence[Judged]) -> DevFigures:
    """Return the three figures that training reports."""
    return DevFigures(
        metrics.f1([one.unlabelled for one in judged]),
        metrics.f1([one.labelled for one in judged]),
        metrics.micro_f1([one.frames for one in judged]),
    )


def full_report(
    part: DevPart, config: FramingConfig, codebook: Codebook, *, lexicon: LexiconSuggester | None, samples: int = 1000
) -> tuple[dict[str, Any], DevFigures]:
    """Return the content of ``metrics.json``, calibration cross-fitted within the dev part, and its headline.

    Args:
        lexicon: Measured beside the model, alone and joined with it, where there is one.
        samples: Bootstrap resamples for the intervals.
    """
    pairs = cross_fitted(part, config)
    documents = [example.document for example in part.examples]
    judged = {"model": _judged(part, pairs, codebook)}
    if lexicon is not None:
        alone = list(lexicon.suggest(documents))
        judged["lexicon"] = _judged(part, [(one, one.frames) for one in alone], codebook)
        both = [(joined(cut, other), frames) for (cut, frames), other in zip(pairs, alone, strict=True)]
        judged["both"] = _judged(part, both, codebook)
    reports = {name: report(one, codebook, samples=samples) for name, one in judged.items()}
    return reports, headline(judged["model"])


def cross_fitted(part: DevPart, config: FramingConfig) -> list[Whole]:
    """Interpret each reading with a calibration fitted on other articles."""
    parts = _parts([example.document for example in part.examples])
    found: dict[int, Whole] = {}
    for places in parts:
        interpreter = Interpreter(config, fit(part.without(places), config))
        for i in places:
            found[i] = interpreter.whole(part.examples[i].document, part.readings[i])
    return [found[i] for i in range(len(part.examples))]


def _parts(documents: Sequence[Document]) -> list[set[int]]:
    """Cut into :data:`PARTS` parts or fewer, articles of one event together, by name so that it repeats."""
    names = sorted({document.event or document.text_sha256 for document in documents})
    rank = {name: number % PARTS for number, name in enumerate(names)}
    parts: list[set[int]] = [set() for _ in range(PARTS)]
    for place, document in enumerate(documents):
        parts[rank[document.event or document.text_sha256]].add(place)
    return [places for places in parts if places]


def _judged(part: DevPart, found: Sequence[Whole], codebook: Codebook) -> list[Judged]:
    return [
        judge(gold, cut, codebook, all_frames=frames) for gold, (cut, frames) in zip(part.gold(), found, strict=True)
    ]


def _supported(reading: RawReading, annotation: Annotation) -> bool:
    if not len(reading.spans) or not annotation.spans:
        return False
    return any(
        min(end, truth.end) - max(start, truth.start) >= SUPPORT * (end - start)
        for start, end in reading.spans.tolist()
        for truth in annotation.spans
    )

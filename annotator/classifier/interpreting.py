"""From what the network says to suggestions: probabilities, thresholds, rules for voice and target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from annotator.annotations import Evidence, FrameSuggestion, LabelProbability, SpanSuggestion, Suggestions
from annotator.classifier.base import Whole
from annotator.classifier.calibration import Calibration, Doubles, label_features, probabilities, span_features
from annotator.classifier.choices import choose
from annotator.classifier.decoding import Floats
from annotator.classifier.heads import Labels
from annotator.classifier.reading import RawReading
from annotator.classifier.target import propose_target
from annotator.classifier.voice import propose_voice
from annotator.documents import Document
from annotator.spans import Span

EVIDENCE_SENTENCES = 3
"""Most sentences shown for one frame."""
EVIDENCE_SHARE = 0.5
"""A sentence is shown when it speaks for the frame at least this part as strongly as the best one."""


class Interpreter:
    """Turn readings into suggestions with one calibration."""

    def __init__(self, config: Labels, calibration: Calibration) -> None:
        self.config = config
        self.calibration = calibration

    def suggestions(
        self, document: Document, reading: RawReading, *, minimum: float | None = None, all_frames: bool = False
    ) -> Suggestions:
        """Return what to suggest for one document.

        Args:
            document: The document that was read.
            reading: What the network says about it.
            minimum: Lowest probability to report. ``None``: the threshold of each label.
            all_frames: Whether to report every article frame, however improbable.
        """
        return Suggestions(
            document_id=document.id,
            agent="model",
            agent_version=self.config.release,
            codebook=self.config.codebook,
            spans=tuple(self._spans(document.text, reading, minimum)),
            frames=tuple(self._frames(reading, minimum, all_frames=all_frames)),
            notes=reading.notes,
        )

    def whole(self, document: Document, reading: RawReading, *, minimum: float | None = None) -> Whole:
        """Return what to suggest and, beside it, every article frame with its probability.

        For measuring: decisions are counted on the first, calibration on the second.
        """
        every = self._frames(reading, None, all_frames=True)
        return self.suggestions(document, reading, minimum=minimum), tuple(every)

    def _spans(self, text: str, reading: RawReading, minimum: float | None) -> Iterator[SpanSuggestion]:
        if not len(reading.spans):
            return
        sure = probabilities(span_features(reading.scores, reading.device, reading.listed), self.calibration.device)
        rows = self._chosen(reading, sure, minimum)
        probability, device = sure[rows].max(axis=1, initial=0.0).tolist(), sure[rows].argmax(axis=1).tolist()
        spans = [Span(*bounds) for bounds in reading.spans[rows].tolist()]
        names = [self.config.devices[column] for column in device]
        targets = [propose_target(text, span, name) for span, name in zip(spans, names, strict=True)]
        voices = self._voices(text, spans, reading.voice[rows])
        polarities = self._polarities([polarity for _, polarity in targets], reading.polarity[rows])
        frames = self._span_frames(reading.frames[rows])
        for at, span in enumerate(spans):
            yield SpanSuggestion(
                start=span.start,
                end=span.end,
                quote=text[span.start : span.end],
                device=names[at],
                probability=probability[at],
                frames=frames[at],
                voice=voices[at],
                target=targets[at][0],
                polarity=polarities[at],
                agent="model",
            )

    def _chosen(self, reading: RawReading, sure: Doubles, minimum: float | None) -> list[int]:
        """Return the rows to suggest: sure enough, and each place once for each device."""
        device, probability = sure.argmax(axis=1), sure.max(axis=1)
        lowest = np.array(self.calibration.device_threshold)[device] if minimum is None else minimum
        kept = np.flatnonzero(probability >= lowest)
        seen: dict[tuple[int, ...], int] = {}
        for row, place in zip(kept.tolist(), np.column_stack([reading.spans, device])[kept].tolist(), strict=True):
            seen.setdefault(tuple(place), row)
        return list(seen.values())

    def _voices(self, text: str, spans: Sequence[Span], logits: Floats) -> Sequence[str | None]:
        if not self.config.voices:
            return [None] * len(spans)
        return choose(logits, [propose_voice(text, span) for span in spans], self.config.voices, self.calibration.voice)

    def _polarities(self, proposed: Sequence[str], logits: Floats) -> Sequence[str | None]:
        if not self.config.polarities:
            return [None] * len(proposed)
        return choose(logits, proposed, self.config.polarities, self.calibration.polarity)

    def _span_frames(self, logits: Floats) -> list[tuple[LabelProbability, ...]]:
        """Return the best frame of each span, and the second where it is sure enough."""
        probability = probabilities(label_features(logits), self.calibration.span_frame)
        order = np.argsort(-probability, axis=1, kind="stable")[:, :2]
        ranked = np.take_along_axis(probability, order, axis=1)
        return [
            tuple(
                LabelProbability(self.config.frames[frame], sure)
                for rank, (frame, sure) in enumerate(zip(frames, row, strict=True))
                if not rank or sure >= self.calibration.span_frame_threshold
            )
            for frames, row in zip(order.tolist(), ranked.tolist(), strict=True)
        ]

    def _frames(self, reading: RawReading, minimum: float | None, *, all_frames: bool) -> Iterator[FrameSuggestion]:
        if not len(reading.sentences):
            return
        sure = probabilities(label_features(reading.article[None, :]), self.calibration.frame)[0]
        alone = probabilities(label_features(reading.sentence_frames), self.calibration.frame)
        for frame in np.argsort(-sure, kind="stable").tolist():
            lowest = self.calibration.frame_threshold[frame] if minimum is None else minimum
            if sure[frame] >= lowest or all_frames:
                yield FrameSuggestion(
                    self.config.frames[frame], float(sure[frame]), _evidence(reading, alone[:, frame], frame)
                )


def _evidence(reading: RawReading, alone: Doubles, frame: int) -> tuple[Evidence, ...]:
    """Return the sentences that carry a frame: those that say it most, weighted by their part in the answer."""
    weight = alone * reading.sentence_share[:, frame]
    order = np.argsort(-weight, kind="stable")[:EVIDENCE_SENTENCES].tolist()
    carried = [s for s in order if weight[s] >= EVIDENCE_SHARE * weight[order[0]]]
    return tuple(Evidence(int(reading.sentences[s, 0]), int(reading.sentences[s, 1]), float(alone[s])) for s in carried)

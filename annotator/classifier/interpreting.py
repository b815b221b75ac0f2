"""From what the network says to suggestions: probabilities, thresholds, rules for voice and target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from annotator.annotations import Evidence, FrameSuggestion, LabelProbability, SpanSuggestion, Suggestions
from annotator.classifier.calibration import Calibration, Doubles, label_features, probabilities, span_features
from annotator.classifier.modeling import FramingConfig
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

    def __init__(self, config: FramingConfig, calibration: Calibration) -> None:
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

    def _spans(self, text: str, reading: RawReading, minimum: float | None) -> Iterator[SpanSuggestion]:
        if not len(reading.spans):
            return
        sure = probabilities(span_features(reading.scores, reading.device), self.calibration.device)
        frames = probabilities(label_features(reading.frames), self.calibration.span_frame)
        seen: set[tuple[int, int, int]] = set()
        for row, (start, end) in enumerate(reading.spans.tolist()):
            device = int(sure[row].argmax())
            probability = float(sure[row, device])
            lowest = self.calibration.device_threshold[device] if minimum is None else minimum
            if probability < lowest or (start, end, device) in seen:
                continue
            seen.add((start, end, device))
            span = Span(start, end)
            name = self.config.devices[device]
            target, polarity = propose_target(text, span, name)
            yield SpanSuggestion(
                start=start,
                end=end,
                quote=text[start:end],
                device=name,
                probability=probability,
                frames=self._span_frames(frames[row]),
                voice=propose_voice(text, span) if self.config.voices else None,
                target=target,
                polarity=polarity if self.config.polarities else None,
                agent="model",
            )

    def _span_frames(self, probability: Doubles) -> tuple[LabelProbability, ...]:
        """Return the best frame, and the second where it is sure enough."""
        order = np.argsort(-probability, kind="stable")[:2].tolist()
        kept = [
            f for rank, f in enumerate(order) if not rank or probability[f] >= self.calibration.span_frame_threshold
        ]
        return tuple(LabelProbability(self.config.frames[f], float(probability[f])) for f in kept)

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

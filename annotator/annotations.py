"""What people say about a document (annotations) and what machines propose (suggestions).

A suggestion is never an annotation: accepting one makes a labelled span of the annotator's own that
remembers where it came from, and the suggestion keeps what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from annotator.codebook import Codebook
from annotator.errors import CodebookError, SpanError
from annotator.spans import check_quote, shorten

Status = Literal["draft", "submitted", "discarded"]
"""``draft``: being worked on. ``submitted``: done. ``discarded``: skipped. No status: to do."""
STATUSES: tuple[Status, ...] = get_args(Status)

Outcome = Literal["untouched", "accepted", "edited", "rejected"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

Agent = Literal["model", "lexicon"]


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """A span with its labels, ``[start, end)`` in code points; ``quote`` is the text it covers.

    Attributes:
        voice, polarity: Label ids, or ``None`` when nobody has said yet.
        target: Whom the wording evaluates; "" for nobody, ``None`` when nobody has said yet.
        note: The annotator's remark, or "".
        suggestion_id: The suggestion it was accepted from, or ``None``.
    """

    start: int
    end: int
    quote: str
    device: str
    frames: tuple[str, ...] = ()
    voice: str | None = None
    target: str | None = None
    polarity: str | None = None
    note: str = ""
    suggestion_id: str | None = None

    def check(self, text: str, codebook: Codebook) -> None:
        """Check offsets, quote and every label.

        Raises:
            SpanError: If the span does not fit the text, or breaks a limit of the codebook.
            CodebookError: If a label is not in the codebook.
        """
        check_quote(text, self.start, self.end, self.quote)
        codebook.label("device", self.device)
        check_frames(self.frames, codebook, maximum=codebook.span_frames_max, what=f"span '{shorten(self.quote, 40)}'")
        if self.voice is not None:
            codebook.label("voice", self.voice)
        if self.polarity is not None:
            codebook.label("polarity", self.polarity)

    def to_record(self) -> dict[str, Any]:
        """Return the span as the annotated-corpus contract writes it; unset optional fields are left out."""
        record: dict[str, Any] = {
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "device": self.device,
            "frames": list(self.frames),
            "voice": self.voice,
            "target": self.target,
            "polarity": self.polarity,
        }
        if self.note:
            record["note"] = self.note
        if self.suggestion_id:
            record["suggestion_id"] = self.suggestion_id
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> LabelledSpan:
        """Read what :meth:`to_record` writes; unknown keys are ignored.

        Raises:
            SpanError: If a required key is missing or a value has the wrong type.
        """
        for key, kind in (("start", int), ("end", int), ("quote", str), ("device", str)):
            if not isinstance(record.get(key), kind) or isinstance(record.get(key), bool):
                raise SpanError(
                    f"A span's '{key}' is {record.get(key)!r}; expected {kind.__name__}. "
                    "Every span needs start, end, quote and device."
                )
        frames = record.get("frames") or ()
        if isinstance(frames, str) or not all(isinstance(frame, str) for frame in frames):
            raise SpanError(f"A span's 'frames' is {frames!r}; expected a list of frame ids.")
        for key in ("voice", "target", "polarity", "note", "suggestion_id"):
            if not isinstance(record.get(key), str | None):
                raise SpanError(f"A span's '{key}' is {record[key]!r}; expected text or null.")
        return cls(
            start=record["start"],
            end=record["end"],
            quote=record["quote"],
            device=record["device"],
            frames=tuple(frames),
            voice=record.get("voice"),
            target=record.get("target"),
            polarity=record.get("polarity"),
            note=record.get("note") or "",
            suggestion_id=record.get("suggestion_id"),
        )


def check_frames(frames: tuple[str, ...], codebook: Codebook, *, maximum: int, what: str) -> None:
    """Check that frames are known, named once, and not more than ``maximum``.

    Raises:
        CodebookError: If a frame is unknown, doubled, or one too many.
    """
    for frame in frames:
        codebook.label("frame", frame)
    if len(set(frames)) != len(frames):
        raise CodebookError(f"Cannot label {what}: a frame is named twice in {', '.join(frames)}. Name each once.")
    if len(frames) > maximum:
        raise CodebookError(
            f"Cannot label {what} with {len(frames)} frames ({', '.join(frames)}): codebook "
            f"'{codebook.ref}' allows {maximum}. Remove a frame."
        )


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotator's judgement of one document; ``frames`` are the article's, most important first."""

    annotator: str
    status: Status = "draft"
    frames: tuple[str, ...] = ()
    spans: tuple[LabelledSpan, ...] = ()

    def check(self, text: str, codebook: Codebook) -> None:
        """Check every span and frame; see :meth:`LabelledSpan.check` for the errors."""
        check_frames(self.frames, codebook, maximum=codebook.article_frames_max, what="the article")
        for span in self.spans:
            span.check(text, codebook)


@dataclass(frozen=True, slots=True)
class LabelProbability:
    """A label with its calibrated probability, 0 to 1."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that speaks for a frame: ``[start, end)`` in code points and its probability."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class FrameSuggestion:
    """A frame proposed for the whole article, with the sentences that carry it, strongest first."""

    label: str
    probability: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class SpanSuggestion:
    """A span proposed by a model or a lexicon.

    Attributes:
        probability: Calibrated probability that an annotator would mark this span with this device.
        frames: Frames of the span, best first.
        agent: What kind of suggester made it.
        rule: For a lexicon, the pattern that matched; "" for a model.
    """

    start: int
    end: int
    quote: str
    device: str
    probability: float
    frames: tuple[LabelProbability, ...] = ()
    voice: str | None = None
    target: str | None = None
    polarity: str | None = None
    agent: Agent = "model"
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All that one suggester proposes for one document.

    Attributes:
        agent: ``model`` or ``lexicon``.
        agent_version: Such as ``news-framing-minilm@1.0.0``.
        codebook: Codebook ref the labels belong to.
        notes: What was lost or unusual on the way, for people ("2 spans cut at …"); normally empty.
    """

    document_id: str
    agent: Agent
    agent_version: str
    codebook: str
    spans: tuple[SpanSuggestion, ...] = ()
    frames: tuple[FrameSuggestion, ...] = ()
    notes: tuple[str, ...] = field(default=())

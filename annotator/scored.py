"""The scored article: what ``annotator score`` writes for one document (contract in docs/data-model.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotator.annotations import FrameSuggestion, SpanSuggestion, Suggestions
from annotator.documents import Document
from annotator.segments import count_words


def scored_record(document: Document, suggestions: Iterable[Suggestions]) -> dict[str, Any]:
    """Return one scored article as the JSON object of the contract.

    Args:
        document: The article.
        suggestions: What each suggester proposes for it, already cut at the thresholds. Spans are written in
            text order whoever made them; frames come from the first suggester that has any.
    """
    parts = list(suggestions)
    spans = sorted((s for part in parts for s in part.spans), key=lambda s: (s.start, s.end, s.device))
    frames = next((part.frames for part in parts if part.frames), ())
    record: dict[str, Any] = {
        "id": document.id,
        "outlet": document.outlet,
        "title": document.title,
        "published": document.published,
        "url": document.url,
        "text_sha256": document.text_sha256,
        "offset_unit": "codepoint",
        "model": " + ".join(part.agent_version for part in parts) or None,
        "codebook": parts[0].codebook if parts else None,
        "frames": [frame_record(frame) for frame in frames],
        "spans": [span_record(span) for span in spans],
        "summary": summary(document.text, spans),
    }
    notes = [note for part in parts for note in part.notes]
    if notes:
        record["notes"] = notes
    return record


def frame_record(frame: FrameSuggestion) -> dict[str, Any]:
    """Return one article frame as the contract writes it."""
    return {
        "label": frame.label,
        "probability": round(frame.probability, 4),
        "evidence": [{"start": e.start, "end": e.end, "probability": round(e.probability, 4)} for e in frame.evidence],
    }


def span_record(span: SpanSuggestion) -> dict[str, Any]:
    """Return one suggested span as the contract writes it."""
    return {
        "start": span.start,
        "end": span.end,
        "quote": span.quote,
        "device": span.device,
        "probability": round(span.probability, 4),
        "frames": [{"label": f.label, "probability": round(f.probability, 4)} for f in span.frames],
        "voice": span.voice,
        "target": span.target,
        "polarity": span.polarity,
        "agent": span.agent,
    }


def summary(text: str, spans: Iterable[SpanSuggestion]) -> dict[str, Any]:
    """Return words and loaded phrases per 1,000 words, all and in the outlet's own voice.

    The rates are ``None`` for a text without words: undefined, not zero.
    """
    listed = list(spans)
    words = count_words(text)
    own = sum(1 for span in listed if span.voice == "own")
    return {
        "words": words,
        "loaded_per_1000_words": round(1000 * len(listed) / words, 1) if words else None,
        "own_voice_per_1000_words": round(1000 * own / words, 1) if words else None,
    }

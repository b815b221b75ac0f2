"""What the pages send to the browser code, as JSON; the shapes are those of ``ui/frontend``.

Offsets stay in code points here; the browser converts them once, on arrival.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from annotator.annotations import FrameSuggestion
from annotator.codebook import Codebook, Label
from annotator.documents import Document
from annotator.errors import OperationError
from annotator.operations import AnnotationState, Operation
from annotator.scored import frame_record
from annotator.segments import count_words
from annotator.store.base import StoredSuggestion

Json = dict[str, Any]


def label_payload(label: Label) -> Json:
    """Return one label with everything needed to draw and explain it."""
    return {
        "id": label.id,
        "name": label.name,
        "code": label.code,
        "key": label.key,
        "definition": label.definition,
        "group": label.group,
        "color": {"light": label.color_light, "dark": label.color_dark},
        "line": label.line,
        "examples": [{"text": example.text, "marked": example.marked} for example in label.examples],
    }


def labels_payload(codebook: Codebook) -> Json:
    """Return the codebook as the browser needs it."""
    return {
        "codebook": codebook.ref,
        "devices": [label_payload(label) for label in codebook.devices],
        "frames": [label_payload(label) for label in codebook.frames],
        "voices": [label_payload(label) for label in codebook.voices],
        "polarities": [label_payload(label) for label in codebook.polarities],
        "has_target": codebook.has_target,
        "span_frames_max": codebook.span_frames_max,
        "article_frames_max": codebook.article_frames_max,
        "allow_overlap": codebook.allow_overlap,
    }


def document_payload(document: Document) -> Json:
    """Return the article; the text travels whole and is only ever put into text nodes."""
    return {
        "id": document.id,
        "revision": document.revision,
        "title": document.display_title,
        "outlet": document.outlet,
        "published": document.published,
        "url": document.url,
        "event": document.event,
        "text": document.text,
        "words": count_words(document.text),
    }


def distinct_suggestions(stored: Iterable[StoredSuggestion], minimum: float) -> list[StoredSuggestion]:
    """Leave out what the lexicon proposes where the model proposes something that is shown.

    Nothing is lost: the store keeps both. An annotator need not judge one phrase twice.

    Args:
        minimum: Lowest probability shown, 0 to 1.
    """
    listed = list(stored)
    taken = [s.span for s in listed if s.span.agent == "model" and s.span.probability >= minimum]
    return [
        s
        for s in listed
        if s.span.agent == "model" or not any(s.span.start < t.end and t.start < s.span.end for t in taken)
    ]


def span_suggestion_payload(stored: StoredSuggestion) -> Json:
    """Return one suggested span with its id and who made it."""
    span = stored.span
    return {
        "id": stored.id,
        "start": span.start,
        "end": span.end,
        "quote": span.quote,
        "device": span.device,
        "probability": span.probability,
        "frames": [{"label": frame.label, "probability": frame.probability} for frame in span.frames],
        "voice": span.voice,
        "target": span.target,
        "polarity": span.polarity,
        "agent": span.agent,
        "agent_version": stored.agent_version,
        "rule": span.rule,
    }


def frame_suggestions_payload(frames: Iterable[tuple[str, FrameSuggestion]]) -> list[Json]:
    """Return the suggested article frames, best first; of several suggesters the surest speaks."""
    best: dict[str, Json] = {}
    for agent_version, frame in frames:
        known = best.get(frame.label)
        if known is None or known["probability"] < frame.probability:
            best[frame.label] = frame_record(frame) | {"agent_version": agent_version}
    return sorted(best.values(), key=lambda record: -float(record["probability"]))


def state_payload(state: AnnotationState) -> Json:
    """Return what one annotator has said so far, as the browser's operations address it."""
    return {
        "spans": {key: span.to_record() for key, span in state.spans.items()},
        "frames": list(state.frames),
        "status": state.status,
        "decisions": dict(state.decisions),
    }


def history_payload(operations: Sequence[Operation]) -> list[Json]:
    """Return the recent operations, oldest first, from which the browser builds undo and redo."""
    return [
        {
            "id": operation.id,
            "action": operation.action,
            "undoes": operation.undoes,
            "changes": [
                {"entity": c.entity, "key": c.key, "before": c.before, "after": c.after} for c in operation.changes
            ],
        }
        for operation in operations
    ]


def instance_name(project_id: str, document: Document, annotator: str) -> str:
    """Return the name of one article open for one annotator; operations carry it back."""
    return json.dumps([project_id, document.id, document.revision, annotator], ensure_ascii=False)


def parse_instance(instance: object) -> tuple[str, str, int, str]:
    """Read project, document, revision and annotator from :func:`instance_name`.

    Raises:
        OperationError: If it is not one.
    """
    try:
        parts = json.loads(instance) if isinstance(instance, str) else None
    except json.JSONDecodeError:
        parts = None
    match parts:
        case [str(project_id), str(document_id), int(revision), str(annotator)]:
            return project_id, document_id, revision, annotator
    raise OperationError(f"An edit came for {str(instance)[:80]!r}, which names no article. Reload the page.")

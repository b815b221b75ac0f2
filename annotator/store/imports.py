"""An annotation from elsewhere, as one operation with ids that are the same every time."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select

from annotator.annotations import Annotation, LabelledSpan
from annotator.operations import AnnotationState, Change, Operation
from annotator.store import operations as log
from annotator.store import projects
from annotator.store import schema as t
from annotator.store.base import Applied
from annotator.store.states import load_state


def import_annotation(
    connection: Connection, project_id: str, document_id: str, *, annotation: Annotation, operation_id: str
) -> Applied:
    """See ``Store.import_annotation``."""
    name = projects.add_annotator(connection, project_id, annotation.annotator)
    c = t.operation.c
    logged = connection.execute(
        select(c.document_id, c.annotator).where(c.project_id == project_id, c.id == operation_id)
    ).one_or_none()
    if logged is not None and tuple(logged) == (document_id, name):
        return Applied(operation_id, "repeated")
    changes = plan_import(load_state(connection, project_id, document_id, annotator=name), annotation)
    if not changes:
        return Applied(operation_id, "repeated", "the project already has all of it")
    operation = Operation(operation_id, document_id, name, "import", changes)
    return log.apply(connection, project_id, [operation])[0]


def plan_import(state: AnnotationState, annotation: Annotation) -> tuple[Change, ...]:
    """Return the changes that add ``annotation`` to ``state``; pure, empty when it is all there."""
    places = {_place(span): key for key, span in state.spans.items()}
    changes: list[Change] = []
    for span in annotation.spans:
        key = places.get(_place(span))
        if key is None:
            key = places[_place(span)] = span_id(span)
            changes.append(Change("span", key, None, span.to_record()))
        elif key in state.spans and state.spans[key] != span:
            changes.append(Change("span", key, state.spans[key].to_record(), span.to_record()))
    frames = tuple(dict.fromkeys((*state.frames, *annotation.frames)))
    if frames != state.frames:
        changes.append(Change("frames", "", list(state.frames) or None, list(frames)))
    if annotation.status != state.status:
        changes.append(Change("status", "", state.status, annotation.status))
    return tuple(changes)


def span_id(span: LabelledSpan) -> str:
    """Return the id an imported span gets: always the same for its place and device."""
    name = f"{span.start}\n{span.end}\n{span.device}"
    return "import-" + hashlib.sha256(name.encode("utf-8")).hexdigest()[:24]


def _place(span: LabelledSpan) -> tuple[int, int, str]:
    return span.start, span.end, span.device

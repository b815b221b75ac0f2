"""The carrier: the one place where edits come in from the browser and acknowledgements go back.

It is mounted by the entry script, above the page, so that an edit made just before a page switch still
arrives. The browser sends its whole unacknowledged outbox each time; every operation is applied once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import streamlit as st

from annotator.errors import OperationError, StoreError
from annotator.operations import Operation, parse_operation
from annotator.store.base import Store
from annotator.ui import component, navigation, session
from annotator.ui.payloads import Json, history_payload, instance_name, parse_instance, state_payload

ACKNOWLEDGED = "acknowledged"
REFUSED = "refused"
INTENTS_DONE = "intents_done"
SEEN = "outbox_seen"
"""Sequence number of the outbox taken in last; a repeated sending has a new one."""
FULL_RUN = "full_run"
KEPT = 100
"""How many refusals and finished intents a tab remembers, so that a repeated message changes nothing."""


@st.fragment
def carrier() -> None:
    """Mount the carrier for the open article, if any, and take in what the browser has sent.

    The whole page is run again only from a run of this fragment alone. A full run draws the page after this
    anyway; cutting it short would leave the editor unmounted for one run, and Streamlit may then keep it hidden.
    """
    before = component.sent_outbox()
    if before:
        _receive(before)  # after a restart of the server no callback fires, so look here too
    outbox = component.mount_carrier(_payload(), on_change=_on_change)
    if outbox and outbox != before:
        _receive(outbox)
    if not st.session_state.get(FULL_RUN) and st.session_state.pop(navigation.RERUN, False):
        st.rerun(scope="app")


@contextmanager
def full_run() -> Iterator[None]:
    """Mark a run of the whole app; what arrives too late to be drawn in it causes one more at its end."""
    st.session_state[FULL_RUN] = True
    st.session_state.pop(navigation.RERUN, None)
    try:
        yield
    finally:
        st.session_state[FULL_RUN] = False
    if st.session_state.pop(navigation.RERUN, False):
        st.rerun()


def _on_change() -> None:
    if outbox := component.sent_outbox():
        _receive(outbox)


def _receive(outbox: Any) -> None:
    if not isinstance(outbox, Mapping) or outbox.get("sequence") == st.session_state.get(SEEN):
        return  # the callback has taken it in already, or Streamlit repeats the last value
    st.session_state[SEEN] = outbox.get("sequence")
    store = session.get_store()
    records = _listed(outbox.get("operations"))
    status_changed = _apply_all(store, [r for r in records if isinstance(r, dict)])
    done: list[str] = st.session_state.setdefault(INTENTS_DONE, [])
    for intent in _listed(outbox.get("intents")):
        if isinstance(intent, dict) and isinstance(intent.get("id"), str) and intent["id"] not in done:
            done.append(intent["id"])
            _follow(store, intent)
    del done[:-KEPT]
    if status_changed:
        st.session_state[navigation.RERUN] = True


def _follow(store: Store, intent: Json) -> None:
    try:
        navigation.follow(store, intent)
    except StoreError as error:  # nobody above catches what a callback raises
        session.say(f"Not done: {error}", icon="⚠️")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _apply_all(store: Store, records: list[Json]) -> bool:
    """Apply operations in order, one transaction for each run of one project; return if a status changed.

    The outbox holds everything unacknowledged, so acknowledging what is in this message is enough.
    """
    refused: dict[str, str] = st.session_state.setdefault(REFUSED, {})
    parsed: list[tuple[str, Operation]] = []
    for record in records:
        identity = str(record.get("id"))
        if identity in refused:
            continue
        try:
            project_id, document_id, _, annotator = parse_instance(record.get("instance"))
            parsed.append((project_id, parse_operation(record, document_id=document_id, annotator=annotator)))
        except OperationError as error:
            refused[identity] = str(error)
    settled: list[str] = []
    for project_id, run in groupby(parsed, key=lambda pair: pair[0]):
        settled += _apply_run(store, project_id, [operation for _, operation in run], refused)
    st.session_state[ACKNOWLEDGED] = settled
    for old in list(refused)[:-KEPT]:
        del refused[old]
    return any(change.entity == "status" for _, operation in parsed for change in operation.changes)


def _apply_run(store: Store, project_id: str, operations: list[Operation], refused: dict[str, str]) -> list[str]:
    try:
        outcomes = store.apply(project_id, operations)
    except StoreError as error:
        if project_id not in {project.id for project in store.projects()}:
            refused.update({operation.id: str(error) for operation in operations})  # sending again cannot help
            return []
        # Nothing is acknowledged, so the browser keeps the edits and sends them again.
        session.say(f"Not saved yet, kept in this tab: {error}", icon="⚠️")
        return []
    refused.update({applied.id: applied.reason for applied in outcomes if applied.outcome == "refused"})
    return [applied.id for applied in outcomes if applied.outcome != "refused"]


def _payload() -> component.CarrierData:
    acknowledged = component.CarrierData(
        ack=list(st.session_state.get(ACKNOWLEDGED, [])),
        refused=[{"id": k, "reason": v} for k, v in st.session_state.get(REFUSED, {}).items()],
        intents_done=list(st.session_state.get(INTENTS_DONE, [])),
        instance="",
        state={},
        history=[],
    )
    opened = navigation.open_document()
    if opened is None:
        return acknowledged
    context, document = opened
    where = (context.project.id, document.id, context.annotator)
    acknowledged["instance"] = instance_name(context.project.id, document, context.annotator)
    acknowledged["state"] = state_payload(context.store.state(*where))
    acknowledged["history"] = history_payload(context.store.history(*where, limit=200))
    return acknowledged

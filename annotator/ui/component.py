"""The browser part of the pages, mounted as one Streamlit component with five roles.

The code is in ``frontend/`` (plain ES modules, no build step). All mounts of a page share one module and
so one outbox: the *carrier* takes edits to the server and brings back what is saved; the *editor*, *queue*
and *reader* draw. Offsets on the wire are code points; the browser converts (``frontend/offsets.js``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypedDict, cast

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from annotator import __version__

DISTRIBUTION = "framing-annotator"
COMPONENT = "frontend"
NAME = f"{DISTRIBUTION}.{COMPONENT}"
FRONTEND = Path(__file__).resolve().parent / "frontend"

Json = dict[str, Any]

CARRIER_KEY = "carrier"
OUTBOX = "outbox"


class Outbox(TypedDict, total=False):
    """What the browser sends: everything it has not seen acknowledged yet.

    Attributes:
        sequence: Rises with every send, so that a repeat is a new value.
        instance: The article open in the carrier when it was sent; "" on other pages.
        operations: As :func:`annotator.operations.parse_operation` reads them; each also has its own
            ``instance``, which may be an article left behind.
        intents: Wishes that are no edits: ``{"id", "kind": "open", "document_id"}``,
            ``{"kind": "next" | "next_todo" | "previous" | "more"}``, ``{"kind": "setting", "name", "value"}``.
    """

    sequence: int
    instance: str
    operations: list[Json]
    intents: list[Json]


class CarrierData(TypedDict):
    """What the server answers.

    Attributes:
        instance: Name of the open article, or "" when none is.
        ack: Ids of operations that are saved (applied now or before).
        refused: ``{"id", "reason"}`` of operations that are not; the reason is shown.
        state: ``{"spans", "frames", "status", "decisions"}`` as saved.
        history: The latest operations, oldest first, for undo and redo.
        intents_done: Ids of intents that were carried out.
    """

    instance: str
    ack: list[str]
    refused: list[Json]
    state: Json
    history: list[Json]
    intents_done: list[str]


class QueueData(TypedDict):
    """The list of articles.

    Attributes:
        rows: ``{"id", "title", "outlet", "published", "status", "spans", "current"}``.
        total: How many articles match; more than ``rows`` shows "Show more".
        filtered: Whether a filter is set, for the text shown when nothing matches.
    """

    rows: list[Json]
    total: int
    filtered: bool


def _component() -> Callable[..., Any]:
    """Register the component, once per server.

    Streamlit finds the files of installed components by itself only where import and distribution have
    one name or the package is a wheel; telling it works from a checkout too, and in tests.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(NAME) is None:
        manifest = ComponentManifest(DISTRIBUTION, __version__, [ComponentConfig(COMPONENT, FRONTEND.name)])
        manager.register_from_manifest(manifest, FRONTEND.parent)
    return _registered(manager)


@cache
def _registered(_manager: object) -> Callable[..., Any]:
    return st.components.v2.component(NAME, js="index.js", css="index.css", isolate_styles=False)


def mount_carrier(data: CarrierData, on_change: Callable[[], None]) -> Outbox | None:
    """Mount the invisible carrier; call it in its own fragment of the entry script, above ``page.run()``.

    Args:
        data: The server's answer to the last outbox.
        on_change: Called when an outbox arrived; read it with :func:`sent_outbox`.

    Returns:
        The last outbox, or ``None``. Process it in the script body too: after a restart of the server
        the callback does not fire for a widget the new session sees for the first time.
    """
    result = _component()(
        key=CARRIER_KEY, data={"role": "carrier", **data}, height="content", **{f"on_{OUTBOX}_change": on_change}
    )
    return _outbox(result)


def mount_waker() -> None:
    """Mount what asks for a run of the whole page when an answer is overdue; call it outside every fragment.

    After a restart of the server the first message may name a fragment that the new session does not know
    yet; Streamlit then runs nothing.
    """
    _component()(key="waker", data={"role": "waker"}, on_wake_change=lambda: None)


def sent_outbox() -> Outbox | None:
    """Return the outbox that arrived last in this session, or ``None``; for use in ``on_change``."""
    return _outbox(st.session_state.get(CARRIER_KEY))


def mount_editor(data: Mapping[str, Any]) -> None:
    """Mount the annotator for one article.

    Args:
        data: ``instance``, ``document``, ``labels``, ``suggestions``, ``voice_ranges``, ``targets``,
            ``settings``, ``guidelines``, ``position`` (``index`` from 1, ``total``, ``todo``) and
            ``annotator``. Constant while the article is open: the annotator's own labels come through
            the carrier.
    """
    _component()(key="editor", data={"role": "editor", **data})


def mount_queue(data: QueueData) -> None:
    """Mount the list of articles; a click becomes an ``open`` intent in the carrier's outbox."""
    _component()(key="queue", data={"role": "queue", **data})


def mount_reader(data: Mapping[str, Any], *, key: str = "reader") -> None:
    """Mount a text with its suggestions, to read only.

    Args:
        data: ``document``, ``labels``, ``suggestions`` (``{"spans", "frames"}`` as for the editor) and
            ``minimum``, the lowest probability shown.
        key: Must differ between readers on one page.
    """
    _component()(key=key, data={"role": "reader", **data})


def _outbox(value: Any) -> Outbox | None:
    outbox = value.get(OUTBOX) if isinstance(value, Mapping) else getattr(value, OUTBOX, None)
    return cast(Outbox, outbox) if isinstance(outbox, dict) else None

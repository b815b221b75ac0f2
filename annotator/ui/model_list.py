"""The Models tab: every model there is, activating one, who did so when, and whose suggestions are stored."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from annotator.errors import AnnotatorError
from annotator.ui import session
from annotator.ui.card_markdown import safe_markdown
from annotator.ui.moments import when
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.workflows.model_folders import ModelInfo, read_card
from annotator.workflows.models import activate, history, list_models, usable


def draw(opened: Context, active: ModelInfo | None) -> None:
    """Draw the list of models and what became of them in this project."""
    models = list_models(session.models())
    for info in models:
        _model(opened, info, is_active=active is not None and info.key == active.key)
    own = [info for info in models if not info.is_shipped]
    if not own:
        st.caption(
            "Models that you train on the Train tab appear here. A model folder made elsewhere appears when you copy "
            f"it into the folder {plain(str(session.models()))} on the server."
        )
    _stored(opened)
    _history(opened)


def _model(opened: Context, info: ModelInfo, *, is_active: bool) -> None:
    reason = usable(info, opened.codebook)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(info.release)}**", width="content")
            if is_active:
                st.badge("active", icon=":material/check:", color="green")
            if info.error:
                st.badge("broken", icon=":material/error:", color="red")
            elif reason:
                st.badge("other codebook", color="gray")
            st.space("stretch")
            if not info.error:
                with st.popover("Card", icon=":material/description:"):
                    st.markdown(safe_markdown(read_card(info)) or "This model brings no card (README.md).")
            pressed = st.button(
                "Activate",
                icon=":material/bolt:",
                key=f"activate_{info.key}",
                disabled=is_active or bool(reason),
                help="It makes new suggestions in this project from now on. You can roll back.",
            )
        if reason:
            st.caption(plain(reason))
        else:
            origin = "came with the program" if info.is_shipped else f"made {when(info.changed)}"
            st.caption(plain(f"Codebook {info.codebook} · {info.size / 1e6:.1f} MB · {origin}"))
        if pressed:
            activate_now(opened, info)


def activate_now(opened: Context, info: ModelInfo) -> None:
    """Activate a model and draw the page anew; what speaks against it is shown instead."""
    try:
        with st.spinner("Loading the model to check it …", show_time=True):
            activate(opened.store, opened.project.id, info, by=opened.annotator)
    except AnnotatorError as error:
        st.error(f"{plain(str(error))} The active model stays.", icon="⛔")
        return
    session.say(f"{info.release} makes new suggestions from now on. Those already shown stay as they are.", icon="⚡")
    st.rerun()


def _stored(opened: Context) -> None:
    st.header("Suggestions in this project", anchor=False)
    found = opened.store.suggested_by(opened.project.id)
    if not found:
        st.caption("No suggestions yet. Make some on the Project page.")
        return
    rows = [
        {
            "Made by": one.agent_version,
            "Kind": one.agent,
            "Articles read": one.documents,
            "Phrases": one.spans,
            "Shown in articles": one.shown,
            "Last made": when(one.stored),
        }
        for one in found
    ]
    st.dataframe(pd.DataFrame(rows), width="stretch", hide_index=True)
    st.caption(
        "A suggestion keeps the version that made it for ever, and so does every label accepted from it. Another "
        "active model changes nothing that is already there: let it read the articles again on the Project page, and "
        "its suggestions are shown in place of the older ones, which are kept."
    )


def _history(opened: Context) -> None:
    st.header("History", anchor=False)
    entries = history(opened.project)
    if not entries:
        st.caption("Nobody has activated another model in this project.")
        return
    rows = [
        {"When": when(entry.when), "Who": entry.by, "What": entry.step, "Model from then on": entry.release}
        for entry in reversed(entries)
    ]
    st.dataframe(pd.DataFrame(rows), width="stretch", hide_index=True)

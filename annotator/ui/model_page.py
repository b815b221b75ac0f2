"""The Model page: which model suggests labels here, how good it is, and what to do about it."""

from __future__ import annotations

import streamlit as st

from annotator.errors import AnnotatorError
from annotator.ui import model_compare, model_list, model_quality, model_training, navigation, session
from annotator.ui.card_markdown import safe_markdown
from annotator.ui.chooser import ask_who
from annotator.ui.moments import when
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.workflows.model_folders import ModelInfo, labelled_by, read_card
from annotator.workflows.models import active_model, history, previous_model, roll_back

TABS = ("Quality", "Models", "Compare", "Train")


def page() -> None:
    """Draw the page."""
    store = session.get_store()
    opened = navigation.context()
    if opened is None:
        if project_id := st.session_state.get(session.PROJECT):
            ask_who(store, project_id)
            return
        _without_project()
        return
    st.title("Model", anchor=False)
    active = active_model(opened.project, session.models())
    _active(opened, active)
    quality, models, compare, train = st.tabs(TABS)
    with quality:
        if active and not active.error:
            model_quality.draw(active, opened.codebook)
        else:
            st.caption("No model is in use, so there are no figures.")
    with models:
        model_list.draw(opened, active)
    with compare:
        model_compare.draw(opened, active)
    with train:
        model_training.draw(opened)


def _without_project() -> None:
    _, middle, _ = st.columns([1, 2, 1])
    with middle, st.container(border=True):
        st.title("No project yet", anchor=False)
        st.write("Each project has a model that suggests labels in it. Make a project first.")
        if st.button("Go to the Project page", type="primary", icon=":material/folder_open:"):
            st.switch_page(st.session_state[session.PROJECT_PAGE])


def _active(opened: Context, active: ModelInfo | None) -> None:
    with st.container(border=True):
        if active is None:
            st.header("No model fits this project", anchor=False)
            st.write(
                f"No installed model knows the labels of codebook {plain(opened.codebook.ref)}; a lexicon suggests, "
                "if the codebook has one. Train a model on the Train tab."
            )
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(plain(active.release), anchor=False, width="content")
            if active.error:
                st.badge("cannot be used", icon=":material/error:", color="red")
            else:
                st.badge("active", icon=":material/check:", color="green")
            st.space("stretch")
            _roll_back(opened)
        if active.error:
            st.error(f"{plain(active.error)} Until then only the lexicon suggests.", icon="⛔")
            return
        st.caption(_facts(opened, active))
        card = read_card(active)
        said = labelled_by(card)
        st.write(
            f"**Training data:** {plain(said)}" if said else "Its card does not say who labelled its training data."
        )
        with st.expander("Model card", icon=":material/description:"):
            if not active.is_shipped:
                st.caption("Shown as text: pictures, links and HTML of a card are not carried out.")
            st.markdown(safe_markdown(card) or "This model brings no card (README.md).")


def _facts(opened: Context, active: ModelInfo) -> str:
    entries = history(opened.project)
    last = entries[-1] if entries else None
    since = f"{last.step} {when(last.when)} by {last.by}" if last else "in use because no other was activated"
    facts = [
        f"Codebook {active.codebook}",
        f"{active.size / 1e6:.1f} MB",
        f"starts from {active.base_model}" if active.base_model else "",
        "came with the program" if active.is_shipped else f"made {when(active.changed)}",
        since,
    ]
    if last and last.fingerprint != active.fingerprint:
        facts.append("its folder has changed since")
    return plain(" · ".join(fact for fact in facts if fact))


def _roll_back(opened: Context) -> None:
    previous = previous_model(opened.project, session.models())
    if previous is None:
        return
    label = f"Roll back to {plain(previous.release)}"
    if not st.button(label, icon=":material/undo:", key="model_roll_back", disabled=bool(previous.error)):
        return
    try:
        with st.spinner("Checking the model …"):
            back = roll_back(opened.store, opened.project.id, session.models(), by=opened.annotator)
    except AnnotatorError as error:
        st.error(plain(str(error)), icon="⛔")
        return
    session.say(f"{back.release} suggests labels again. Suggestions already shown stay as they are.", icon="↩️")
    st.rerun()

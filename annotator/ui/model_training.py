"""The Train tab: is there enough, start a training, watch it, stop it. The training is a process of its own."""

from __future__ import annotations

import re
from datetime import timedelta

import streamlit as st

from annotator.errors import AnnotatorError
from annotator.ui import session
from annotator.ui.model_charts import epochs_chart, loss_chart
from annotator.ui.model_list import activate_now
from annotator.ui.moments import duration, when
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.workflows import training_runs
from annotator.workflows.model_folders import list_models
from annotator.workflows.readiness import Readiness, readiness
from annotator.workflows.train_material import MIN_DOCUMENTS, MIN_SPANS
from annotator.workflows.training_log import Progress
from annotator.workflows.training_runs import Run

LOOK_AGAIN = timedelta(seconds=2)
USUAL_EPOCHS = 8
DEV_FIGURES = {
    "spans_partial_f1": "Loaded phrases found, F1",
    "spans_with_device_f1": "Phrases with the right device, F1",
    "frames_micro_f1": "Article frames, F1 of all",
}


def draw(opened: Context) -> None:
    """Draw the project's last training, or what is needed for one."""
    runs = training_runs.runs(session.models(), opened.project.id)
    if runs:
        is_alive = training_runs.is_alive(runs[0])
        st.fragment(_watch, run_every=LOOK_AGAIN if is_alive else None)(opened, runs[0], was_alive=is_alive)
        return
    found = readiness(opened.store, opened.project.id)
    _ready(found)
    if found.is_enough:
        _form(opened)


def _ready(found: Readiness) -> None:
    st.write(
        "Train a model of your own on what has been submitted in this project. It learns your codebook's labels from "
        "your articles; the more of them, the better."
    )
    with st.container(horizontal=True):
        for name, have, least in (
            ("Submitted articles", found.articles, MIN_DOCUMENTS),
            ("Loaded phrases in them", found.spans, MIN_SPANS),
        ):
            with st.container(border=True, width=300):
                st.metric(name, f"{have:,}")
                st.progress(min(have / least, 1.0), text=f"at least {least} needed" if have < least else "enough")
    if found.is_enough:
        who = plain(", ".join(found.annotators))
        st.caption(
            f"Labelled by {who}. Annotations made with suggestions in view count half: a model should not learn from "
            "its own echo. A part of the articles is held back to measure."
        )
    else:
        st.info(f"Not yet: {found.missing} needed. Submit articles on the Annotate page (Done, next).", icon="🏷️")


def _form(opened: Context) -> None:
    with st.form("train_model"):
        name = st.text_input(
            "Name of the model",
            value=re.sub(r"[^A-Za-z0-9_-]+", "-", opened.project.id).strip("-_")[:40] or "model",
            max_chars=40,
            help="Letters, digits, '-' and '_'. A version is added: harbour@1, harbour@2 …",
            key="train_name",
        )
        models = {info.key: info for info in list_models(session.models()) if not info.error}
        bases = [*models, ""]
        base = st.selectbox(
            "Start from",
            bases,
            format_func=lambda key: models[key].release if key else "all-MiniLM-L6-v2, which knows no label",
            help="A trained model keeps what it knows of every label that your codebook has too: best with few "
            "articles of your own. From the bare encoder, everything is learned from your articles alone.",
            key="train_base",
        )
        epochs = st.slider(
            "Most passes over the articles",
            training_runs.LEAST_EPOCHS,
            30,
            USUAL_EPOCHS,
            help="It ends earlier when the figures get no better. Eight are usual.",
            key="train_epochs",
        )
        pressed = st.form_submit_button("Start training", type="primary", icon=":material/model_training:")
        st.caption(
            "It runs apart from this page: go on annotating, or close the window. Eight passes over 370 articles take "
            "about 17 minutes on two free processor cores, and less on a graphics card."
        )
    if not pressed:
        return
    try:
        training_runs.start(
            session.models(),
            opened.project.id,
            name=name.strip(),
            epochs=epochs,
            database=session.database(),
            by=opened.annotator,
            base=models.get(base),
        )
    except AnnotatorError as error:
        st.error(plain(str(error)), icon="⛔")
        return
    st.rerun()


def _watch(opened: Context, run: Run, *, was_alive: bool) -> None:
    models = session.models()
    progress = training_runs.progress(models, run)
    if was_alive and progress.has_ended:
        st.rerun()  # the whole page: a new model may be there, and nothing needs looking at again
    st.header(f"{_HEADS[progress.status]} {plain(run.release)}", anchor=False)
    base = f" · goes on from {run.base.partition('/')[2]}" if run.base else ""
    told = f"Started {when(run.started)} by {run.by} · at most {run.epochs} passes{base}{_material(progress)}"
    st.caption(plain(told))
    _say(opened, run, progress)
    if progress.epochs:
        left, right = st.columns([3, 2], gap="large")
        left.altair_chart(epochs_chart(progress.epochs, DEV_FIGURES), width="stretch")
        right.markdown("Loss (what training makes smaller)")
        right.altair_chart(loss_chart(progress.epochs), width="stretch")
        _best(progress)
    notes = progress.start.get("notes")
    if isinstance(notes, list) and notes:
        with st.expander(f"Good to know about the data ({len(notes)})"):
            for note in notes[:20]:
                st.caption(plain(str(note)[:500]))


_HEADS = {
    "starting": "Getting ready:",
    "running": "Training",
    "stopping": "Stopping",
    "done": "Trained",
    "failed": "Could not train",
    "cancelled": "Cancelled:",
    "stopped": "Stopped:",
}


def _material(progress: Progress) -> str:
    start = progress.start
    if not isinstance(start.get("train"), int) or not isinstance(start.get("dev"), int):
        return ""
    device = {"cuda": "graphics card", "cpu": "processor"}.get(str(start.get("device")), "")
    return f" · learns from {start['train']} articles, measures on {start['dev']}" + (f" · {device}" if device else "")


def _best(progress: Progress) -> None:
    best = [epoch.number for epoch in progress.epochs if epoch.is_best]
    if best:
        st.caption(f"Best pass so far: {best[-1]}. The model is the one of the best pass, not of the last.")


def _say(opened: Context, run: Run, progress: Progress) -> None:
    if not progress.has_ended:
        _going_on(run, progress)
    elif progress.status == "done":
        _done(opened, run)
    else:
        _ended(opened, run, progress)


def _going_on(run: Run, progress: Progress) -> None:
    left = progress.seconds_left
    epoch = progress.step.get("epoch")
    text = {
        "starting": "Reading the articles and the encoder …",
        "stopping": "Stopping after this step …",
    }.get(progress.status, f"Pass {epoch} of at most {run.epochs}" if epoch else "The first pass begins …")
    if left is not None and progress.status == "running":
        text += f" · about {duration(left)} left"
    st.progress(progress.share, text=plain(text))
    st.button(
        "Cancel",
        icon=":material/stop_circle:",
        key="train_cancel",
        disabled=progress.status == "stopping",
        on_click=training_runs.cancel,
        args=(session.models(), run),
    )
    st.caption("You can leave this page; the training goes on. It ends early when the figures get no better.")


def _done(opened: Context, run: Run) -> None:
    info = next((model for model in list_models(session.models()) if model.key == f"own/{run.name}"), None)
    st.success(
        f"{plain(run.release)} is ready. Compare it with the active model on the Compare tab, then activate it.",
        icon="✅",
    )
    with st.container(horizontal=True):
        if info and not info.error and st.button("Activate it", type="primary", icon=":material/bolt:"):
            activate_now(opened, info)
        _put_away(run, "Train another")


def _ended(opened: Context, run: Run, progress: Progress) -> None:
    models = session.models()
    kept = training_runs.can_resume(models, run)
    if progress.status == "failed":
        st.error(plain(progress.message), icon="⛔")
    elif progress.status == "cancelled":
        what = "Its last checkpoint is kept: resume to go on from there." if kept else "It had nothing to keep yet."
        st.info(f"Cancelled. {what} The active model is as it was.", icon="⏹️")
    else:
        what = "Its last checkpoint is kept." if kept else "There is no checkpoint: it would begin anew."
        st.warning(f"The training ended without a word; perhaps the computer was restarted. {what}", icon="⚠️")
    with st.container(horizontal=True):
        label = "Resume" if kept else "Try again"
        if st.button(label, type="primary", icon=":material/play_arrow:", key="train_resume"):
            try:
                training_runs.resume(models, run, database=session.database())
            except AnnotatorError as error:
                st.error(plain(str(error)), icon="⛔")
                return
            st.rerun()
        _put_away(run, "Discard and begin anew" if kept else "Begin anew")
    if progress.status != "cancelled" and (errors := training_runs.last_errors(models, run)):
        with st.expander("Last lines of its log"):
            st.code(errors, language=None, wrap_lines=True)


def _put_away(run: Run, label: str) -> None:
    if st.button(label, key="train_put_away"):
        try:
            training_runs.put_away(session.models(), run)
        except AnnotatorError as error:
            st.error(plain(str(error)), icon="⛔")
            return
        st.rerun()

"""The Model page: what it says of the active model, comparing, training in a process of its own, activating."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser_kit.app import go_to, texts
from browser_kit.corpus import HARBOUR_MARKS, Projects, harbour, made_up, place_of
from browser_kit.kinds import OpenApp
from model_kit import trainer
from model_kit.folders import Silent, described_model
from streamlit.testing.v1 import AppTest

from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.operations import Change, Operation
from annotator.resources import default_codebook_path
from annotator.store.base import Store
from annotator.ui import model_compare
from annotator.workflows import models as models_workflow
from annotator.workflows import processes, readiness, training_runs
from annotator.workflows.models import active_model, history, list_models
from annotator.workflows.training_runs import Run


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Where models lie that belong to the test's database."""
    return tmp_path / "models"


@pytest.fixture
def every_model_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(codebook: Codebook, path: Path | None = None) -> Suggester:
        return Silent({})

    monkeypatch.setattr(models_workflow, "load_model", load)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch, models: Path) -> Iterator[Callable[[str], Run]]:
    """Let trainings be those of the stand-in; returns the last run of a project. None outlives the test."""
    monkeypatch.setattr(training_runs, "PROGRAM", trainer.PROGRAM)
    monkeypatch.setattr(readiness, "MIN_DOCUMENTS", 1)
    monkeypatch.setattr(readiness, "MIN_SPANS", 1)
    yield lambda project: training_runs.runs(models, project)[0]
    for pid in list(processes._children):
        processes._children[pid].kill()
        processes._children.pop(pid).wait()


def submit(store: Store, project: str, document: Document) -> None:
    start, end = place_of(document.text, "slammed")
    span = {"start": start, "end": end, "quote": "slammed", "device": "loaded_language", "frames": []}
    span |= {"voice": "own", "target": None, "polarity": None}
    changes = (Change("span", "s", None, span), Change("status", "", None, "submitted"))
    store.apply(project, [Operation(f"{project}-{document.id}", document.id, "ana", "submit", changes)])


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    return at


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def said(at: AppTest) -> str:
    """Everything on the page, without the signs that keep Markdown from reading it."""
    return (texts(at) + "\n".join(str(e.value) for e in at.header)).replace("\\", "")


def wait_for(models: Path, run: Run, status: str) -> None:
    while training_runs.progress(models, run).status != status:
        assert training_runs.is_alive(run) or training_runs.progress(models, run).status == status


def test_page_needs_a_project(app: OpenApp) -> None:
    at = app("model")
    assert "No project yet" in said(at)
    assert "Go to the Project page" in labels(at)


def test_shipped_model_is_shown_with_who_labelled_its_data(app: OpenApp, projects: Projects) -> None:
    at = app("model", project=projects.harbour(), annotator="ana")
    assert at.header[0].value.startswith("news\\-framing\\-minilm\\@")
    assert "by language-model annotators" in said(at)
    assert "in use because no other was activated" in said(at)
    assert "Roll back" not in " ".join(labels(at))


def test_figures_are_shown_as_charts_and_tables(app: OpenApp, projects: Projects) -> None:
    at = app("model", project=projects.harbour(), annotator="ana")
    assert [e.value for e in at.header][1:5] == [
        "Overall",
        "By device",
        "By frame",
        "Can its probabilities be believed?",
    ]
    assert len(at.get("arrow_vega_lite_chart") or at.get("vega_lite_chart")) == 5
    overall = at.dataframe[0].value
    assert list(overall.columns) == ["Figure", "Value", "95 % interval", "Meaning"]
    assert "seven times in ten" in said(at)
    assert "Expected calibration error 0." in said(at)


def test_figures_of_the_lexicon_can_be_chosen(app: OpenApp, projects: Projects) -> None:
    at = app("model", project=projects.harbour(), annotator="ana")
    before = list(at.dataframe[0].value["Value"])
    at.segmented_control(key="model_quality_of").set_value("lexicon").run()
    assert not at.exception
    assert list(at.dataframe[0].value["Value"]) != before


def test_project_with_another_codebook_has_no_model(app: OpenApp, projects: Projects, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    source = default_codebook_path().read_text(encoding="utf-8").replace("id: news-framing", "id: mine", 1)
    path.write_text(source, encoding="utf-8")
    at = app("model", project=projects.make([harbour()], codebook_path=path), annotator="ana")
    assert "No model fits this project" in said(at)
    assert "There is no model for this project's codebook to compare" in said(at) or "Compare" in labels(at)


@pytest.mark.usefixtures("every_model_loads")
def test_activating_and_rolling_back_are_kept_with_who(
    app: OpenApp, projects: Projects, store: Store, models: Path
) -> None:
    project = projects.harbour()
    described_model(models, "harbour")
    at = app("model", project=project, annotator="ana")
    at.button(key="activate_own/harbour").click().run()
    assert not at.exception
    assert at.header[0].value == "harbour\\@1"
    assert "activated" in said(at)
    assert "by ana" in said(at)
    assert "40 articles, labelled by two invented analysts." in said(at)
    press(at, next(label for label in labels(at) if label.startswith("Roll back to")))
    assert [(e.step, e.by) for e in history(store.project(project))] == [("activated", "ana"), ("rolled back", "ana")]
    found = active_model(store.project(project), models)
    assert found
    assert found.is_shipped


def test_model_that_cannot_be_loaded_is_refused_with_the_reason(
    app: OpenApp, projects: Projects, store: Store, models: Path
) -> None:
    project = projects.harbour()
    described_model(models, "harbour")
    at = app("model", project=project, annotator="ana")
    at.button(key="activate_own/harbour").click().run()
    assert "The active model stays." in at.error[0].value
    assert history(store.project(project)) == []


def test_broken_folder_and_other_codebook_are_listed_and_cannot_be_activated(
    app: OpenApp, projects: Projects, models: Path
) -> None:
    (described_model(models, "torn") / "config.json").write_text("{")
    described_model(models, "other", codebook="mine@3")
    at = app("model", project=projects.harbour(), annotator="ana")
    assert "config.json cannot be read (it is no JSON)" in said(at)
    assert "It was trained for codebook 'mine@3'" in said(at)
    assert [at.button(key=f"activate_own/{name}").disabled for name in ("torn", "other")] == [True, True]


@pytest.mark.usefixtures("every_model_loads")
def test_foreign_card_and_figures_are_shown_as_text(app: OpenApp, projects: Projects, models: Path) -> None:
    project = projects.harbour()
    path = described_model(models, "harbour")
    (path / "metrics.json").write_text(json.dumps({"model": {"by_device": 3}, "measured_on": "<b>![x](http://e)"}))
    at = app("model", project=project, annotator="ana")
    at.button(key="activate_own/harbour").click().run()
    assert not at.exception
    shown = "\n".join(str(e.value) for kind in (at.markdown, at.caption) for e in kind)
    assert "\\<script\\>" in shown
    for active in ("<script", "![", "<b>"):
        assert active not in shown.replace("\\" + active[0], "")


@pytest.mark.usefixtures("every_model_loads")
def test_broken_active_model_leaves_the_lexicon_and_says_what_to_do(
    app: OpenApp, projects: Projects, models: Path
) -> None:
    project = projects.make([harbour()])
    path = described_model(models, "harbour")
    at = app("model", project=project, annotator="ana")
    at.button(key="activate_own/harbour").click().run()
    path.rename(models / "renamed")
    at = app("model", project=project, annotator="ana")
    assert "is gone" in at.error[0].value
    assert "only the lexicon suggests" in at.error[0].value
    go_to(at, "try")
    at.text_area(key="try_text").set_value("The brutal regime slammed them.")
    press(at, "Suggest labels")
    assert "The active model cannot be used, so only the lexicon suggests" in at.warning[0].value


def test_stored_suggestions_are_counted_by_version(app: OpenApp, projects: Projects) -> None:
    at = app("model", project=projects.harbour(articles=2), annotator="ana")
    table = next(d.value for d in at.dataframe if "Made by" in d.value.columns)
    assert table.iloc[0].to_dict() | {"Last made": ""} == {
        "Made by": "made-up@1",
        "Kind": "model",
        "Articles read": 2,
        "Phrases": 12,
        "Shown in articles": 2,
        "Last made": "",
    }


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """Articles on which the shipped model finds what the lexicon does not."""
    documents = [harbour(n) for n in range(1, 4)]
    found = {d.id: made_up(d, HARBOUR_MARKS[:2]) for d in documents}
    monkeypatch.setattr(model_compare, "one_model", lambda codebook, info: Silent(found, version=info.release))
    monkeypatch.setattr(model_compare, "one_lexicon", lambda codebook: Silent({}, version="lexicon@1"))
    return documents


def test_two_are_compared_on_submitted_annotations(
    app: OpenApp, projects: Projects, store: Store, compared: list[Document]
) -> None:
    project = projects.make(compared)
    for document in compared[:2]:
        submit(store, project, document)
    at = app("model", project=project, annotator="ana")
    press(at, "Compare")
    assert "On 2 articles with 2 phrases in gold. So few articles decide little." in said(at)
    table = next(d.value for d in at.dataframe if "Difference" in d.value.columns and "Figure" in d.value.columns)
    assert table.iloc[0]["Difference"].startswith("undefined") or table.iloc[0]["Difference"].startswith("-0.")
    rows = next(d.value for d in at.dataframe if "Phrase" in d.value.columns)
    assert list(rows["Gold"]) == ["", "loaded_language"]
    assert "1 article: nobody has submitted it" in str(next(d.value for d in at.dataframe if "What and why" in d.value))


def test_comparing_without_gold_says_what_is_needed(app: OpenApp, projects: Projects, compared: list[Document]) -> None:
    at = app("model", project=projects.make(compared), annotator="ana")
    press(at, "Compare")
    assert "No article of this project can serve as gold yet" in said(at)
    assert "3 articles: nobody has submitted it" in said(at)


def test_comparing_on_an_uploaded_file(app: OpenApp, projects: Projects, compared: list[Document]) -> None:
    at = app("model", project=projects.make([]), annotator="ana")
    at.radio(key="compare_source").set_value(model_compare.FILE).run()
    press(at, "Compare")
    assert "Choose a file" in at.error[0].value
    at.file_uploader(key="compare_file").upload("gold.jsonl", b"{broken", "application/jsonl")
    press(at, "Compare")
    assert "Cannot use gold\\.jsonl as a gold set" in at.error[0].value
    text = compared[0].text
    start, end = place_of(text, "slammed")
    span = {"start": start, "end": end, "quote": "slammed", "device": "loaded_language", "frames": []}
    row = {"id": "harbour-1", "text": text, "offset_unit": "codepoint", "gold": {"frames": [], "spans": [span]}}
    at.file_uploader(key="compare_file").upload("gold.jsonl", json.dumps(row).encode(), "application/jsonl")
    press(at, "Compare")
    assert "On 1 articles with 1 phrases in gold" in said(at)


def test_a_model_is_not_compared_with_itself(app: OpenApp, projects: Projects, compared: list[Document]) -> None:
    at = app("model", project=projects.make(compared), annotator="ana")
    at.selectbox(key="compare_second").set_value(at.selectbox(key="compare_first").value).run()
    press(at, "Compare")
    assert "two different" in at.error[0].value


def test_too_little_work_says_how_much_is_missing(app: OpenApp, projects: Projects) -> None:
    at = app("model", project=projects.harbour(), annotator="ana")
    assert "30 more submitted articles and 100 more loaded phrases needed" in said(at)
    assert "Start training" not in labels(at)


def start_training(app: OpenApp, projects: Projects, store: Store, name: str) -> tuple[AppTest, str]:
    document = harbour()
    project = projects.make([document])
    submit(store, project, document)
    at = app("model", project=project, annotator="ana")
    at.text_input(key="train_name").set_value(name)
    return press(at, "Start training"), project


def test_training_is_watched_cancelled_and_resumed(
    app: OpenApp, projects: Projects, store: Store, models: Path, training: Callable[[str], Run]
) -> None:
    at, project = start_training(app, projects, store, "slow")
    wait_for(models, training(project), "running")
    at = app("model", project=project, annotator="ana")  # as after a reload
    assert "Training slow@1" in said(at)
    assert "learns from 34 articles, measures on 6" in said(at)
    assert "Start training" not in labels(at)
    press(at, "Cancel")
    wait_for(models, training(project), "cancelled")
    at = app("model", project=project, annotator="ana")
    assert "Its last checkpoint is kept" in said(at)
    press(at, "Resume")
    wait_for(models, training(project), "done")
    at = app("model", project=project, annotator="ana")
    assert "slow@1 is ready" in said(at)
    assert [info.release for info in list_models(models)][1:] == ["slow@1"]


@pytest.mark.usefixtures("every_model_loads")
def test_trained_model_is_activated_and_another_can_be_trained(
    app: OpenApp, projects: Projects, store: Store, models: Path, training: Callable[[str], Run]
) -> None:
    _, project = start_training(app, projects, store, "quick")
    wait_for(models, training(project), "done")
    at = app("model", project=project, annotator="ana")
    press(at, "Activate it")
    assert history(store.project(project))[-1].release == "quick@1"
    press(at, "Train another")
    assert "Start training" in labels(at)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("broken", "no loaded phrase is left after filtering"), ("crash", "ended without a word")],
)
def test_training_that_fails_says_why(
    app: OpenApp,
    projects: Projects,
    store: Store,
    models: Path,
    training: Callable[[str], Run],
    name: str,
    shown: str,
) -> None:
    _, project = start_training(app, projects, store, name)
    wait_for(models, training(project), "failed" if name == "broken" else "stopped")
    at = app("model", project=project, annotator="ana")
    assert shown in said(at)
    assert "Try again" in labels(at)
    if name == "crash":
        assert "the sky fell" in at.code[0].value
    press(at, "Begin anew")
    assert "Start training" in labels(at)


@pytest.mark.usefixtures("training")
@pytest.mark.parametrize("name", ["../../evil", "a b", "", "-x"])
def test_name_that_is_no_name_starts_nothing(
    app: OpenApp, projects: Projects, store: Store, models: Path, name: str
) -> None:
    at, _ = start_training(app, projects, store, name)
    assert "Cannot call a model" in at.error[0].value
    assert not models.exists()

"""The Try page, with made-up suggesters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from browser_kit.app import mounted, texts
from browser_kit.corpus import HARBOUR, HARBOUR_MARKS, Projects, made_up
from browser_kit.kinds import OpenApp
from streamlit.testing.v1 import AppTest

from annotator.annotations import Agent, Suggestions
from annotator.documents import Document
from annotator.store.base import Store
from annotator.ui import try_page
from annotator.workflows.suggesters import Loaded


@dataclass
class MadeUp:
    """Suggests the harbour's marks where the text is the harbour's, and nothing elsewhere."""

    agent: Agent = "model"
    version: str = "made-up@1"
    codebook: str = "news-framing@1"

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        for document in documents:
            marks = HARBOUR_MARKS if "radical council" in document.text else ()
            yield made_up(document, marks, frames=("Political", "Economic") if marks else ())


@pytest.fixture(autouse=True)
def made_up_suggesters(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Loaded((MadeUp(),), ("The model is not installed.",))
    monkeypatch.setattr(try_page, "load", lambda codebook, project: loaded)


def try_text(at: AppTest, text: str) -> AppTest:
    at.text_area(key="try_text").set_value(text)
    next(button for button in at.button if button.label == "Suggest labels").click().run()
    assert not at.exception
    return at


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def test_page_says_what_to_do_first(app: OpenApp) -> None:
    at = app("try")
    assert "Paste an article" in texts(at)
    assert mounted(at, "reader") is None


def test_empty_text_is_a_message(app: OpenApp) -> None:
    at = try_text(app("try"), "   ")
    assert "There is no text yet" in at.error[0].value


def test_text_with_a_nul_is_refused_with_the_place(app: OpenApp) -> None:
    at = try_text(app("try"), "A text\0 with NUL")
    assert "NUL" in at.error[0].value
    assert "offset 6" in at.error[0].value


def test_suggestions_are_shown_with_figures(app: OpenApp) -> None:
    at = try_text(app("try"), HARBOUR)
    reader = mounted(at, "reader")
    assert reader
    assert [span["quote"] for span in reader["suggestions"]["spans"]] == [
        "radical council",
        "slammed",
        "Quayside regime",
        "illicit cranes",
        "so-called reform",
    ]
    assert [frame["label"] for frame in reader["suggestions"]["frames"]] == ["Political", "Economic"]
    assert metrics(at)["Loaded phrases"] == "5"
    assert [warning.value for warning in at.warning] == ["The model is not installed\\."]


def test_slider_shows_weaker_suggestions_and_hides_them(app: OpenApp) -> None:
    at = try_text(app("try"), HARBOUR)
    at.slider[0].set_value(0.1).run()
    assert metrics(at)["Loaded phrases"] == "6"
    at.slider[0].set_value(0.9).run()
    assert metrics(at)["Loaded phrases"] == "1"


def test_text_without_loaded_phrases_says_so(app: OpenApp) -> None:
    at = try_text(app("try"), "Rain fell on Tuesday.")
    assert metrics(at)["Loaded phrases"] == "0"
    assert "No loaded phrase at this probability" in texts(at)


def test_text_without_words_has_undefined_rates(app: OpenApp) -> None:
    at = try_text(app("try"), "… — !")
    assert metrics(at)["per 1,000 words"] == "undefined"


def test_nothing_is_stored_by_trying(app: OpenApp, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    before = store.counts()
    try_text(app("try", project=project, annotator="ana"), HARBOUR)
    assert store.counts() == before


def test_text_is_added_to_the_project_with_its_suggestions(app: OpenApp, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    at = try_text(app("try", project=project, annotator="ana"), HARBOUR)
    next(field for field in at.text_input if field.label == "Title").set_value("Pasted")
    next(b for b in at.button if b.label == "Add the article and its suggestions").click().run()
    assert "Added" in texts(at)
    (added,) = (d for d in store.iter_documents(project) if d.title == "Pasted")
    assert added.text == HARBOUR
    assert len(store.suggestions(project, added.id)) == len(HARBOUR_MARKS)

"""The Project page: overview, a new project, adding articles, export."""

from __future__ import annotations

import json

from browser_kit.app import texts
from browser_kit.corpus import HARBOUR, Projects
from browser_kit.kinds import OpenApp
from streamlit.testing.v1 import AppTest

from annotator.resources import default_codebook_path
from annotator.store.base import Store


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    return at


def test_first_project_is_made_from_its_name(app: OpenApp, store: Store) -> None:
    at = app("project")
    assert "Your first project" in texts(at)
    at.text_input[0].set_value("Dam dispute, spring 2026")
    press(at, "Make the project")
    (project,) = store.projects()
    assert (project.id, project.title) == ("dam-dispute-spring-2026", "Dam dispute, spring 2026")
    assert project.codebook.ref == "news-framing@1"
    assert project.codebook_source == default_codebook_path().read_text(encoding="utf-8")


def test_project_without_a_name_is_a_message(app: OpenApp, store: Store) -> None:
    at = press(app("project"), "Make the project")
    assert "needs a name" in at.error[0].value
    assert store.projects() == []


def test_second_project_of_one_name_is_a_message(app: OpenApp, store: Store) -> None:
    at = app("project")
    at.text_input[0].set_value("Harbour")
    press(at, "Make the project")
    store.add_annotator("harbour", "ana")
    at = app("project", project="harbour", annotator="ana")
    next(field for field in at.text_input if field.label == "Name of the project").set_value("Harbour")
    press(at, "Make the project")
    assert "harbour" in at.error[0].value
    assert len(store.projects()) == 1


def test_project_of_ones_own_codebook(app: OpenApp, store: Store) -> None:
    source = default_codebook_path().read_text(encoding="utf-8").replace("id: news-framing", "id: mine", 1)
    at = app("project")
    at.text_input[0].set_value("Mine")
    at.file_uploader[0].upload("codebook.yaml", source.encode(), "application/yaml")
    press(at, "Make the project")
    (project,) = store.projects()
    assert project.codebook.ref == "mine@1"
    assert project.codebook_source == source


def test_broken_codebook_names_file_and_line(app: OpenApp, store: Store) -> None:
    at = app("project")
    at.text_input[0].set_value("Broken")
    at.file_uploader[0].upload(
        "my-labels.yaml",
        default_codebook_path().read_bytes().replace(b"version: 1", b"version: one", 1),
        "application/yaml",
    )
    press(at, "Make the project")
    assert "my\\-labels\\.yaml, line " in at.error[0].value
    assert store.projects() == []


def test_overview_counts_the_annotators_own_articles(app: OpenApp, projects: Projects) -> None:
    at = app("project", project=projects.harbour(articles=3), annotator="ana")
    assert {m.label: m.value for m in at.metric} == {
        "Articles": "3",
        "To do": "3",
        "Draft": "0",
        "Done": "0",
        "Skipped": "0",
    }


def test_uploaded_files_become_articles_and_bad_ones_are_listed(app: OpenApp, projects: Projects, store: Store) -> None:
    project = projects.make([])
    at = app("project", project=project, annotator="ana")
    uploader = at.file_uploader[0]
    lines = [json.dumps({"id": "a", "text": "One brutal text."}), "{broken", json.dumps({"id": "b", "text": "Two."})]
    uploader.set_value(
        [
            ("harbour.txt", HARBOUR.encode(), "text/plain"),
            ("again.txt", HARBOUR.encode(), "text/plain"),
            ("picture.txt", b"\x89PNG\0\0", "text/plain"),
            ("many.jsonl", "\n".join(lines).encode(), "application/jsonl"),
        ]
    )
    next(box for box in at.checkbox if box.label.startswith("Suggest")).uncheck()
    at.run()
    press(at, "Add to the project")
    assert len(list(store.iter_documents(project))) == 3
    assert HARBOUR in {document.text for document in store.iter_documents(project)}
    left_out = next(e for e in at.expander if e.label.startswith("Left out"))
    assert left_out.label == "Left out (2)"
    assert [e.label for e in at.expander if e.label.startswith("Already")] == ["Already there (1)"]


def test_lowest_probability_is_kept_for_the_project(app: OpenApp, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    at = app("project", project=project, annotator="ana")
    at.slider[0].set_value(0.6).run()
    assert store.project(project).settings["minimum_probability"] == 0.6

"""``annotator demo`` and the workflow behind it: loads once, completes, and gets by without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotator.annotations import Agent, SpanSuggestion, Suggestions
from annotator.cli import main
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import StoreError
from annotator.operations import Change, Operation
from annotator.store import open_store
from annotator.store.base import DocumentQuery, Store
from annotator.ui import launch as launch_module
from annotator.workflows import suggesters
from annotator.workflows.demo import PROJECT_ID, load_demo

ARTICLE = "hadrun-dam--channel-vostrela"


@dataclass
class FakeSuggester:
    """Proposes the first word of every article, and counts the articles it was given."""

    version: str = "fake@1"
    agent: Agent = "lexicon"
    codebook: str = "news-framing@1"
    seen: list[str] = field(default_factory=list)

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        for document in documents:
            self.seen.append(document.id)
            quote = document.text.split()[0]
            span = SpanSuggestion(0, len(quote), quote, "doubt", 0.7, agent=self.agent)
            yield Suggestions(document.id, self.agent, self.version, self.codebook, (span,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "demo.db")
    yield opened
    opened.close()


def test_load_demo_brings_articles_labels_and_suggestions(store: Store) -> None:
    suggester = FakeSuggester()
    report = load_demo(store, [suggester])
    assert (report.documents, report.added, report.notes) == (12, 12, ())
    assert report.annotated == {"ana": 12, "ben": 8}
    assert report.suggested_by == ("fake@1",)
    assert len(suggester.seen) == 12
    document = store.document(PROJECT_ID, ARTICLE)
    assert document.outlet == "Channel Vostrela"
    assert document.event == "Filling of the Hadrun Dam"
    assert [annotation.status for annotation in store.annotations(PROJECT_ID, ARTICLE)] == ["submitted", "submitted"]
    assert [stored.span.quote for stored in store.suggestions(PROJECT_ID, ARTICLE)] == ["Ildresh"]


def test_load_demo_twice_doubles_nothing(store: Store) -> None:
    load_demo(store, [FakeSuggester()])
    before = store.counts()
    again = FakeSuggester()
    report = load_demo(store, [again])
    assert (report.documents, report.added) == (12, 0)
    assert store.counts() == before
    assert again.seen == []


def test_load_demo_again_keeps_what_people_changed_since(store: Store) -> None:
    load_demo(store)
    key, span = next(iter(store.state(PROJECT_ID, ARTICLE, "ana").spans.items()))
    delete = Operation("op-1", ARTICLE, "ana", "delete", (Change("span", key, span.to_record(), None),))
    assert [applied.outcome for applied in store.apply(PROJECT_ID, [delete])] == ["applied"]
    load_demo(store)
    assert key not in store.state(PROJECT_ID, ARTICLE, "ana").spans


def test_load_demo_adds_the_suggestions_of_a_new_version_only(store: Store) -> None:
    load_demo(store, [FakeSuggester("fake@1")])
    old, new = FakeSuggester("fake@1"), FakeSuggester("fake@2")
    report = load_demo(store, [old, new])
    assert (len(old.seen), len(new.seen)) == (0, 12)
    assert report.suggested_by == ("fake@1", "fake@2")


def test_load_demo_suggests_again_for_an_article_that_came_later(
    store: Store, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorter = (repository / "examples" / "corpus.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[1:]
    earlier = tmp_path / "corpus.jsonl"
    earlier.write_text("".join(shorter), encoding="utf-8")
    monkeypatch.setattr("annotator.workflows.demo.resource", lambda *parts: earlier)
    load_demo(store, [FakeSuggester()])
    monkeypatch.undo()
    again = FakeSuggester()
    report = load_demo(store, [again])
    assert (report.added, again.seen) == (1, [ARTICLE])


def test_load_demo_tells_progress(store: Store) -> None:
    told: list[tuple[int, int]] = []
    load_demo(store, [FakeSuggester()], progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (12, 12)


def test_load_demo_leaves_a_new_annotator_everything_to_do(store: Store) -> None:
    load_demo(store)
    store.add_annotator(PROJECT_ID, "carla")
    progress = store.progress(PROJECT_ID, "carla")
    assert (progress["todo"], progress["total"]) == (12, 12)
    rows, total = store.find_documents(PROJECT_ID, DocumentQuery(), annotator="carla")
    assert total == 12
    assert {row.status for row in rows} == {None}


def test_load_demo_refuses_a_project_of_that_name_with_another_codebook(store: Store, codebook: Codebook) -> None:
    other = replace(codebook, id="other")
    store.create_project(PROJECT_ID, title="Mine", codebook=other, codebook_source="format: 1\n")
    with pytest.raises(StoreError, match="project 'example' is there with codebook 'other@1'"):
        load_demo(store)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["demo", *arguments])


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesters, "find_spec", lambda name: None)


@pytest.mark.usefixtures("no_model")
def test_demo_without_a_model_loads_with_the_lexicon_and_says_so(tmp_path: Path) -> None:
    database = tmp_path / "demo.db"
    result = run("--db", str(database), "--load-only")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "Project 'example': 12 articles (12 added), annotated by ana (12), ben (8).\n" in result.stderr
    assert "Note: The model needs PyTorch and transformers. Install them with: pip install" in result.stderr
    assert f"Database: {database}\n" in result.stderr
    assert "suggested labels for 12 of 12 articles" in result.stderr


@pytest.mark.usefixtures("no_model")
def test_demo_a_second_time_says_that_nothing_is_new(tmp_path: Path) -> None:
    database = str(tmp_path / "demo.db")
    run("--db", database, "--load-only")
    result = run("--db", database, "--load-only")
    assert result.exit_code == 0, result.output
    assert "12 articles (nothing new to add)" in result.stderr


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the app was started with; no server runs."""
    calls: list[dict[str, Any]] = []

    def launch(database: str | Path, *, announce: Callable[[str], None], **options: Any) -> None:
        calls.append({"database": database, **options})
        announce("The app is at http://127.0.0.1:8501")

    monkeypatch.setattr(launch_module, "launch", launch)
    return calls


@pytest.mark.usefixtures("no_model")
def test_demo_opens_the_app_on_the_example_project(tmp_path: Path, launched: list[dict[str, Any]]) -> None:
    database = tmp_path / "demo.db"
    result = run("--db", str(database), "--port", "8765", "--no-browser")
    assert result.exit_code == 0, result.output
    assert "http://127.0.0.1:8501" in result.stdout
    assert launched == [
        {"database": str(database), "project": "example", "host": "127.0.0.1", "port": 8765, "open_browser": False}
    ]


@pytest.mark.usefixtures("no_model")
def test_demo_uses_the_default_database_when_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, launched: list[dict[str, Any]]
) -> None:
    monkeypatch.setenv("ANNOTATOR_DB", str(tmp_path / "own.db"))
    result = run()
    assert result.exit_code == 0, result.output
    assert launched[0]["database"] == str(tmp_path / "own.db")
    assert launched[0]["open_browser"] is None


def test_demo_with_a_port_out_of_range_is_wrong_usage() -> None:
    result = run("--port", "70000")
    assert result.exit_code == 2
    assert "70000 is not in the range 1<=x<=65535" in result.stderr

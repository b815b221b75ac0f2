"""Suggestions into a project: only what is missing, nothing decided is touched, one bad article costs only itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from store_kit.edits import PROJECT, TEXT, edit
from store_kit.marker import Marker

from annotator.annotations import Suggestions
from annotator.documents import Document
from annotator.errors import ClassifierError, StoreError
from annotator.formats import Rejected
from annotator.operations import Change
from annotator.store.sql_store import SqlStore
from annotator.workflows.score_project import BATCH, ProjectReport, score_project


def add(store: SqlStore, count: int, text: str = "Stolen oil") -> None:
    list(store.add_documents(PROJECT, [Document(f"n{n:04d}", f"{text} {n}") for n in range(count)]))


def everything(store: SqlStore) -> list[object]:
    ids = [document.id for document in store.iter_documents(PROJECT)]
    return [
        (store.suggestions(PROJECT, name), store.frame_suggestions(PROJECT, name), store.annotations(PROJECT, name))
        for name in ids
    ]


def test_every_article_gets_the_suggestions_of_every_suggester(project: SqlStore) -> None:
    add(project, 2 * BATCH)
    told: list[tuple[int, int]] = []
    report = score_project(
        project,
        PROJECT,
        [Marker(), Marker("lex@1", "lexicon")],
        progress=lambda done, total: told.append((done, total)),
    )
    total = 2 * BATCH + 2
    assert (report.documents, report.spans, report.skipped, report.failed) == (total, 2 * total, 0, 0)
    assert told == [(BATCH, total), (2 * BATCH, total), (total, total)]
    assert [found.agent_version for found in project.suggestions(PROJECT, "n0007")] == ["lex@1", "m@1"]
    assert report.notes[0] == "a: odd"
    assert len(report.notes) == 100
    assert project.check() == []


def test_a_second_run_reads_nothing_and_changes_nothing(project: SqlStore) -> None:
    score_project(project, PROJECT, [Marker()])
    before = (project.counts(), everything(project), project.suggested_by(PROJECT))
    again = Marker()
    report = score_project(project, PROJECT, [again])
    assert again.seen == []
    assert report == ProjectReport(skipped=2)
    assert (project.counts(), everything(project), project.suggested_by(PROJECT)) == before


def test_each_suggester_reads_what_it_has_not_read(project: SqlStore) -> None:
    score_project(project, PROJECT, [Marker()], document_ids=["b"])
    model, lexicon = Marker(), Marker("lex@1", "lexicon")
    report = score_project(project, PROJECT, [model, lexicon])
    assert (model.seen, lexicon.seen) == (["a"], ["a", "b"])
    assert (report.documents, report.spans, report.skipped) == (2, 3, 0)


def test_a_revised_text_is_read_again(project: SqlStore) -> None:
    score_project(project, PROJECT, [Marker()])
    list(project.add_documents(PROJECT, [Document("a", "New: " + TEXT)]))
    again = Marker()
    score_project(project, PROJECT, [again])
    assert again.seen == ["a"]
    assert [found.span.quote for found in project.suggestions(PROJECT, "a")] == ["New:"]


def test_again_reads_all_and_keeps_decisions_and_ids(project: SqlStore) -> None:
    score_project(project, PROJECT, [Marker()])
    (first,) = project.suggestions(PROJECT, "a")
    project.apply(PROJECT, [edit(Change("decision", first.id, None, "rejected"))])
    rows = project.counts()
    again = Marker(probability=0.75)
    report = score_project(project, PROJECT, [again], again=True)
    assert (again.seen, report.documents, report.skipped) == (["a", "b"], 2, 0)
    (second,) = project.suggestions(PROJECT, "a")
    assert (second.id, second.span.probability) == (first.id, 0.75)
    assert project.state(PROJECT, "a", "ana").decisions == {first.id: "rejected"}
    assert project.counts() == rows


def test_another_version_is_added_and_the_first_is_shown_again_without_reading(project: SqlStore) -> None:
    score_project(project, PROJECT, [Marker("m@1")])
    score_project(project, PROJECT, [Marker("m@2")])
    assert project.suggestions(PROJECT, "a")[0].agent_version == "m@2"
    assert len(project.suggestions(PROJECT, "a", agent_versions=["m@1", "m@2"])) == 2
    back = Marker("m@1")
    report = score_project(project, PROJECT, [back], document_ids=["a"])
    assert (back.seen, report.shown) == ([], 1)
    shown = [project.suggestions(PROJECT, name)[0].agent_version for name in "ab"]
    assert shown == ["m@1", "m@2"]


def test_an_article_that_cannot_be_scored_does_not_stop_the_others(project: SqlStore) -> None:
    list(project.add_documents(PROJECT, [Document("p", "A poison text"), Document("z", "Last text")]))
    rejected: list[Rejected] = []
    report = score_project(project, PROJECT, [Marker()], on_rejected=rejected.append)
    assert (report.documents, report.failed) == (3, 1)
    assert [one.message for one in rejected] == ["p: it cannot be scored: ValueError: no such word"]
    assert project.suggestions(PROJECT, "z") != []
    later = Marker()
    score_project(project, PROJECT, [later])
    assert later.seen == []


def test_an_article_revised_meanwhile_is_reported_and_read_next_time(project: SqlStore) -> None:
    class Slow(Marker):
        def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
            for document, found in zip(documents := list(documents), super().suggest(documents), strict=True):
                if document.id == "a":  # no quote that could give it away
                    list(project.add_documents(PROJECT, [Document("a", "Another " + TEXT)]))
                    yield replace(found, spans=(), frames=())
                else:
                    yield found

    rejected: list[Rejected] = []
    report = score_project(project, PROJECT, [Slow()], on_rejected=rejected.append)
    assert (report.documents, report.failed) == (1, 1)
    assert "revision 1 of its text, which is at revision 2 by now" in rejected[0].reason
    again = Marker()
    score_project(project, PROJECT, [again])
    assert again.seen == ["a"]


def test_a_full_database_stops_the_run(project: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise StoreError("Database x: database or disk is full.", path="x")

    monkeypatch.setattr(project, "put_suggestions", full)
    with pytest.raises(StoreError, match="disk is full"):
        score_project(project, PROJECT, [Marker()])


@pytest.mark.parametrize("ids", [None, ["a"]], ids=["all", "one"])
def test_an_unknown_project_names_those_there_are(project: SqlStore, ids: list[str] | None) -> None:
    with pytest.raises(
        StoreError, match=r"There is no project 'syira'. This database has: syria\. Did you mean 'syria'"
    ):
        score_project(project, "syira", [Marker()], document_ids=ids)


def test_a_model_of_another_codebook_is_refused(project: SqlStore) -> None:
    other = Marker()
    other.codebook = "other@3"
    with pytest.raises(ClassifierError, match=r"m@1: it knows the labels of codebook 'other@3', and .* 'small@1'"):
        score_project(project, PROJECT, [other])
    with pytest.raises(ClassifierError, match="without a suggester"):
        score_project(project, PROJECT, [])


def test_an_unknown_article_is_refused(project: SqlStore) -> None:
    with pytest.raises(StoreError, match="has no document 'zz'"):
        score_project(project, PROJECT, [Marker()], document_ids=["a", "zz"])

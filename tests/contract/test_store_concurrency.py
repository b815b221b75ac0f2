"""Many annotators at once: every acknowledged edit is there, each with its owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from store_kit.edits import PROJECT, TEXT, edit, mark, suggested

from annotator.annotations import LabelledSpan
from annotator.documents import Document
from annotator.operations import Change, Operation
from annotator.store import AddOutcome, open_store
from annotator.store.sql_store import SqlStore

THREADS = 32
EDITS = 6


def test_32_annotators_on_one_document_lose_nothing(project: SqlStore) -> None:
    names = [f"annotator {n:02}" for n in range(THREADS)]
    for name in names:
        project.add_annotator(PROJECT, name)
    start = Barrier(THREADS)

    def work(name: str) -> list[str]:
        start.wait()
        outcomes: list[str] = []
        for n in range(EDITS):
            span = LabelledSpan(n, n + 2, TEXT[n : n + 2], "loaded", target=name)
            outcomes += [one.outcome for one in project.apply(PROJECT, [mark(f"s{n}", span, annotator=name)])]
        return outcomes

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(work, names))
    assert results == [["applied"] * EDITS] * THREADS
    found = {annotation.annotator: annotation.spans for annotation in project.annotations(PROJECT, "a")}
    assert {name: [span.target for span in spans] for name, spans in found.items()} == {
        name: [name] * EDITS for name in names
    }
    assert project.check() == []


def test_the_same_edit_sent_by_many_threads_is_applied_once(project: SqlStore) -> None:
    operation = mark("s1", LabelledSpan(0, 3, TEXT[:3], "loaded"))

    def send(_: int) -> str:
        return project.apply(PROJECT, [operation])[0].outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(send, range(16)))
    assert outcomes == ["applied", *["repeated"] * 15]
    assert project.history(PROJECT, "a", "ana") == [operation]


def test_a_setting_changed_by_many_threads_keeps_every_change(project: SqlStore) -> None:
    start = Barrier(8)

    def add(name: int) -> None:
        start.wait()
        project.change_project_setting(PROJECT, "names", lambda known: [*(known or []), name])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    assert sorted(project.project(PROJECT).settings["names"]) == list(range(8))


def test_two_stores_edit_one_span_and_one_wins(address: str, project: SqlStore) -> None:
    other = open_store(address)
    stores = (project, other)
    project.apply(PROJECT, [edit(Change("status", "", None, "draft"))])

    def send(n: int) -> list[str]:
        operations = [
            edit(Change("status", "", "draft", "submitted"), Change("frames", "", None, [["economy"], ["security"]][n]))
        ]
        return [one.outcome for one in stores[n].apply(PROJECT, operations)]

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(outcome for sent in pool.map(send, range(2)) for outcome in sent)
    other.close()
    assert outcomes == ["applied", "refused"]
    assert len(project.history(PROJECT, "a", "ana")) == 2


def test_batches_over_several_documents_do_not_block_each_other(project: SqlStore) -> None:
    def send(n: int) -> list[str]:
        order = ("a", "b") if n % 2 else ("b", "a")
        operations = [
            Operation(f"{n}-{document_id}-{who}", document_id, who, "label", (Change("frames", "", None, None),))
            for document_id in order
            for who in ("ana", "ben")
        ]
        return [one.outcome for one in project.apply(PROJECT, operations)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = [outcome for sent in pool.map(send, range(24)) for outcome in sent]
    assert outcomes == ["applied"] * 96


def test_two_imports_of_the_same_articles_store_each_once(project: SqlStore) -> None:
    documents = [Document(f"x{n}", f"Article {n}") for n in range(40)]

    def add(_: int) -> list[AddOutcome]:
        return list(project.add_documents(PROJECT, documents, batch=5))

    with ThreadPoolExecutor(4) as pool:
        outcomes = [outcome.outcome for result in pool.map(add, range(4)) for outcome in result]
    assert (outcomes.count("added"), outcomes.count("duplicate")) == (40, 120)
    assert project.counts()["document"] == 42


def test_suggestions_put_by_several_threads_are_stored_once(project: SqlStore) -> None:
    def put(_: int) -> int:
        return project.put_suggestions(PROJECT, [suggested("a"), suggested("b", "Another text, without loaded words.")])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(put, range(8))) == [2] * 8
    assert len(project.suggestions(PROJECT, "a")) == 3
    assert project.counts()["suggestion_set"] == 2

"""Figures from files, gold sets, comparing two suggesters, and whether there is enough to train on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from browser_kit.corpus import HARBOUR_MARKS, Mark, Projects, harbour, made_up, place_of
from model_kit.folders import Silent, report

from annotator.annotations import Annotation, LabelledSpan
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.operations import Change, Operation
from annotator.store import open_store
from annotator.store.base import Store
from annotator.workflows.compare_models import compare, difference_rows
from annotator.workflows.gold_sets import choose_gold, gold_of_file, gold_of_project
from annotator.workflows.model_figures import label_rows, overall_rows, reliability_rows, reports
from annotator.workflows.readiness import readiness


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(":memory:")
    yield opened
    opened.close()


def gold_span(document: Document, quote: str, device: str) -> LabelledSpan:
    start, end = place_of(document.text, quote)
    return LabelledSpan(start, end, quote, device)


def submit(store: Store, project: str, document: str, annotator: str) -> None:
    text = store.document(project, document).text
    start, end = place_of(text, "betrayal")
    span = {"start": start, "end": end, "quote": "betrayal", "device": "loaded_language", "frames": []}
    span |= {"voice": "own", "target": None, "polarity": None}
    changes = (Change("span", "s", None, span), Change("status", "", None, "submitted"))
    operation = Operation(f"{document}-{annotator}", document, annotator, "submit", changes)
    (applied,) = store.apply(project, [operation])
    assert applied.outcome == "applied", applied


def test_overall_figures_keep_interval_and_reason() -> None:
    rows = {row.name: row for row in overall_rows(report(0.6))}
    first = rows["Loaded phrases found, F1"]
    assert (first.value, first.low, first.high) == (0.6, 0.55, 0.65)
    undefined = rows["Article frames, mean F1 of frames"]
    assert (undefined.value, undefined.reason) == (None, "no document has the labels this figure counts")


def test_frames_get_precision_and_recall_from_counts() -> None:
    political, morality = label_rows({"Political": {"f1": 0.8, "gold": 12, "suggested": 8}, "Morality": {"f1": None}})
    assert political.precision == 1.0
    assert political.recall == pytest.approx(8 / 12)
    assert (morality.precision, morality.recall, morality.f1) == (None, None, None)


@pytest.mark.parametrize("nonsense", [None, 3, [], {"a": 3}, {"a": {"f1": "x", "gold": None, "precision": True}}])
def test_nonsense_in_a_figures_file_is_undefined_not_an_error(nonsense: object) -> None:
    assert all(row.f1 is None for row in label_rows(nonsense))
    assert reliability_rows({"reliability_spans": nonsense}, "spans") == []
    assert overall_rows({"frames_micro_f1": nonsense})[0].value is None
    assert reports({"model": nonsense, "other": {}}) in ({}, {"model": nonsense})


def test_empty_bars_of_the_diagram_are_left_out() -> None:
    bars = reliability_rows(report(), "spans")
    assert [round(bar.low, 1) for bar in bars] == [0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert bars[0].share_right == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ([("ana", "submitted")], "ana"),
        ([("ana", "draft")], None),
        ([("ana", "submitted"), ("ben", "draft")], "ana"),
        ([("ana", "submitted"), ("ben", "submitted")], None),
        ([("ana", "submitted"), ("gold", "submitted")], "gold"),
        ([], None),
    ],
)
def test_gold_is_chosen_or_nothing(given: list[tuple[str, str]], chosen: str | None) -> None:
    found = choose_gold(None, [Annotation(name, status) for name, status in given])  # type: ignore[arg-type]
    assert (found.annotator if found else None) == chosen


def test_gold_of_a_project_counts_what_is_left_out(store: Store) -> None:
    project = Projects(store).make([harbour(n) for n in range(1, 5)], annotators=("ana", "ben"))
    submit(store, project, "harbour-1", "ana")
    submit(store, project, "harbour-2", "ana")
    submit(store, project, "harbour-2", "ben")
    found = gold_of_project(store, project)
    assert [document.id for document, _ in found.items] == ["harbour-1"]
    assert found.left_out == (
        "1 article: several people have submitted it and there are no gold labels yet",
        "2 articles: nobody has submitted it",
    )


def test_readiness_counts_an_article_of_two_people_once(store: Store) -> None:
    project = Projects(store).make([harbour(n) for n in range(1, 4)], annotators=("ana", "ben", "cem"))
    submit(store, project, "harbour-1", "ana")
    submit(store, project, "harbour-1", "ben")
    found = readiness(store, project)
    assert (found.articles, found.spans, found.annotators) == (1, 1, ("ana", "ben"))
    assert not found.is_enough
    assert found.missing == "29 more submitted articles and 99 more loaded phrases"


def row(document: Document, **fields: object) -> str:
    return json.dumps({"id": document.id, "text": document.text, "offset_unit": "codepoint", **fields})


def test_gold_file_gives_gold_and_lists_the_rest(codebook: Codebook) -> None:
    span = gold_span(harbour(1), "betrayal", "loaded_language").to_record()
    lines = [row(harbour(1), gold={"frames": [], "spans": [span]}), row(harbour(2)), "{broken"]
    found = gold_of_file("gold.jsonl", "\n".join(lines).encode(), codebook)
    assert [(d.id, len(g.spans)) for d, g in found.items] == [("harbour-1", 1)]
    assert len(found.left_out) == 2
    assert "harbour-2: no gold labels" in found.left_out[0]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe\x00", b'{"id": "a", "text": "No labels."}'])
def test_gold_file_without_labels_is_one_clear_error(codebook: Codebook, content: bytes) -> None:
    with pytest.raises(FormatError, match=r"Cannot use gold\.jsonl as a gold set"):
        gold_of_file("gold.jsonl", content, codebook)


def test_comparison_has_paired_differences_and_the_most_different_documents(codebook: Codebook) -> None:
    documents = [harbour(n) for n in range(1, 6)]
    items = [(d, Annotation("gold", "submitted", (), (gold_span(d, "slammed", "loaded_language"),))) for d in documents]
    right = Mark("slammed", "loaded_language", 0.9)
    good = Silent({d.id: made_up(d, [right]) for d in documents}, version="good@2")
    also = Mark("betrayal", "loaded_language", 0.8)  # one too many: less of a difference than the wrong one alone
    wrong = {"harbour-1": [right, also], "harbour-3": HARBOUR_MARKS[:1]}
    weak = Silent({d.id: made_up(d, wrong.get(d.id, [right])) for d in documents})
    told: list[int] = []
    found = compare(items, weak, good, codebook=codebook, samples=50, progress=told.append)
    assert (found.first, found.second, found.documents, found.gold_spans) == ("silent@1", "good@2", 5, 5)
    assert told == [4, 5, 9, 10]
    figure = next(f for f in found.figures if f.name == "Phrases with the right device, F1")
    assert figure.second.value == 1.0
    assert figure.difference.value == pytest.approx(1 - 8 / 11, abs=0.001)
    assert figure.difference.low is not None
    assert [pair.document.id for pair in found.most_different] == ["harbour-3", "harbour-1"]
    assert difference_rows(found.most_different[0]) == [
        {"phrase": "radical council", "gold": "", "first": "name_calling (91%)", "second": ""},
        {"phrase": "slammed", "gold": "loaded_language", "first": "", "second": "loaded_language (90%)"},
    ]


def test_figure_that_is_undefined_for_one_has_an_undefined_difference(codebook: Codebook) -> None:
    item = (harbour(1), Annotation("gold", "submitted"))
    found = compare([item], Silent({}), Silent({}), codebook=codebook, samples=5)
    voice = next(f for f in found.figures if f.name == "Voice, share right")
    assert (voice.difference.value, bool(voice.difference.reason)) == (None, True)

"""Export: everything people said goes out, what is left out is counted, and it all comes back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.annotations import SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import StoreError
from annotator.formats import FORMATS
from annotator.operations import Change, Operation
from annotator.store import open_store
from annotator.store.base import Store
from annotator.workflows.export import Selection, export_project
from annotator.workflows.import_ import import_paths, import_uploads

TEXT = "\ufeff💩 They keep illicit bases.\r\n"
SPAN = {"start": 13, "end": 26, "quote": "illicit bases", "device": "loaded_language", "frames": ["Morality"]}


def corpus() -> bytes:
    spans = [{**SPAN, "voice": "own", "target": "", "polarity": "-", "note": "=why"}, {**SPAN, "device": "doubt"}]
    rows: list[dict[str, Any]] = [
        {
            "id": "../a",
            "text": TEXT,
            "outlet": "=Herald",
            "annotations": [
                {"annotator": "ana", "status": "submitted", "frames": ["Political"], "spans": spans},
                {"annotator": "ben", "status": "draft", "spans": []},
            ],
            "gold": {"frames": ["Morality"], "spans": [SPAN]},
        },
        {"id": "b", "text": "Nobody looked at this."},
    ]
    return "\n".join(json.dumps(row) for row in rows).encode()


def new_store(codebook: Codebook) -> Store:
    store = open_store(":memory:")
    store.create_project("p", title="P", codebook=codebook, codebook_source="")
    return store


@pytest.fixture
def store(codebook: Codebook) -> Iterator[Store]:
    opened = new_store(codebook)
    assert import_uploads(opened, "p", [("c.jsonl", corpus())]).rejected == ()
    yield opened
    opened.close()


def exported(store: Store, selection: Selection | None = None) -> list[dict[str, Any]]:
    stream = io.BytesIO()
    export_project(store, "p", stream, format=FORMATS["jsonl"], selection=selection)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_jsonl_follows_the_contract(store: Store) -> None:
    first, second = exported(store)
    assert (first["id"], first["text"], first["offset_unit"], first["codebook"]) == (
        *("../a", TEXT),
        *("codepoint", "news-framing@1"),
    )
    assert [(one["annotator"], one["status"]) for one in first["annotations"]] == [
        ("ana", "submitted"),
        ("ben", "draft"),
    ]
    assert set(first["gold"]) == {"frames", "spans"}
    assert second["annotations"] == []


def test_report_counts_what_was_written_and_lost(store: Store) -> None:
    report = export_project(store, "p", io.BytesIO(), format=FORMATS["csv"])
    assert (report.documents, report.annotations, report.spans, report.left_out) == (2, 3, 3, 0)
    assert report.losses == {"spans whose target is 'nobody' (written like a target not given)": 1}


@pytest.mark.parametrize("name", ["jsonl", "csv", "parquet", "datasets"])
def test_project_comes_back_from_every_format(store: Store, codebook: Codebook, tmp_path: Path, name: str) -> None:
    export_project(store, "p", tmp_path / "out", format=FORMATS[name])
    again = new_store(codebook)
    report = import_paths(again, "p", [tmp_path / "out"], format=None if name == "datasets" else name)
    assert report.rejected == ()
    assert list(again.iter_documents("p")) == list(store.iter_documents("p"))
    for document in store.iter_documents("p"):
        there, here = again.annotations("p", document.id), store.annotations("p", document.id)
        if name == "csv":
            assert [(one.annotator, one.status, one.frames, len(one.spans)) for one in there] == [
                (one.annotator, one.status, one.frames, len(one.spans)) for one in here
            ]
        else:
            assert there == here
    again.close()


@pytest.mark.parametrize(
    ("selection", "annotators", "left_out"),
    [
        (Selection(annotators=["ana"]), ["ana"], 1),
        (Selection(statuses=["draft"]), ["ben"], 1),
        (Selection(annotators=["ana"], statuses=["draft"]), [], 2),
    ],
    ids=["annotator", "status", "both"],
)
def test_selection_leaves_out_and_counts(
    store: Store, selection: Selection, annotators: list[str], left_out: int
) -> None:
    report = export_project(store, "p", io.BytesIO(), format=FORMATS["jsonl"], selection=selection)
    names = [one["annotator"] for record in exported(store, selection) for one in record["annotations"]]
    assert (names, report.left_out) == (annotators, left_out)


def test_unknown_annotator_is_an_error_with_the_near_match(store: Store) -> None:
    with pytest.raises(StoreError, match=r"'anna': project 'p' has .*ana.*Did you mean 'ana'\?"):
        export_project(store, "p", io.BytesIO(), format=FORMATS["jsonl"], selection=Selection(annotators=["anna"]))


def test_unknown_project_is_an_error(store: Store) -> None:
    with pytest.raises(StoreError, match="nope"):
        export_project(store, "nope", io.BytesIO(), format=FORMATS["jsonl"])


def test_suggestions_go_out_with_what_became_of_them(store: Store) -> None:
    proposed = SpanSuggestion(13, 26, "illicit bases", "doubt", 0.7, agent="lexicon", rule="illicit *")
    store.put_suggestions("p", [Suggestions("../a", "lexicon", "lex@1", "news-framing@1", (proposed,))])
    (stored,) = store.suggestions("p", "../a")
    rejected = Operation("o1", "../a", "ana", "reject", (Change("decision", stored.id, None, "rejected"),))
    assert store.apply("p", [rejected])[0].outcome == "applied"
    ((suggestion,), none) = [record.get("suggestions", []) for record in exported(store)]
    assert none == []
    assert suggestion["id"] == stored.id
    assert (suggestion["agent_version"], suggestion["probability"], suggestion["rule"]) == ("lex@1", 0.7, "illicit *")
    assert suggestion["decisions"] == {"ana": "rejected"}


def test_decision_on_an_older_suggestion_is_not_lost(store: Store) -> None:
    proposed = SpanSuggestion(13, 26, "illicit bases", "doubt", 0.7, agent="lexicon")
    store.put_suggestions("p", [Suggestions("../a", "lexicon", "lex@1", "news-framing@1", (proposed,))])
    (stored,) = store.suggestions("p", "../a")
    store.apply("p", [Operation("o1", "../a", "ana", "reject", (Change("decision", stored.id, None, "rejected"),))])
    store.put_suggestions("p", [Suggestions("../a", "lexicon", "lex@2", "news-framing@1")])
    assert exported(store)[0]["suggestions"] == [{"id": stored.id, "decisions": {"ana": "rejected"}}]


def test_csv_of_a_project_holds_no_formula(store: Store) -> None:
    stream = io.BytesIO()
    export_project(store, "p", stream, format=FORMATS["csv"])
    cells = [cell for row in csv.reader(io.StringIO(stream.getvalue().decode(), newline="")) for cell in row]
    assert "'=Herald" in cells
    assert "'-" in cells
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n"))]


def test_progress_counts_documents(store: Store) -> None:
    told: list[int] = []
    export_project(store, "p", io.BytesIO(), format=FORMATS["jsonl"], progress=told.append)
    assert told == [1, 2]


def test_5000_articles_are_exported_whole(codebook: Codebook) -> None:
    store, many = new_store(codebook), 5_000
    list(store.add_documents("p", (Document(id=str(i), text=f"They keep illicit bases, {i}.") for i in range(many))))
    stream = io.BytesIO()
    report = export_project(store, "p", stream, format=FORMATS["jsonl"])
    ids = [json.loads(line)["id"] for line in stream.getvalue().splitlines()]
    assert report.documents == many
    assert ids == [str(i) for i in range(many)]
    store.close()

"""Whose labels a training takes, how much each counts, and when it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from train_kit import articles, write_rows

from annotator.annotations import Annotation, LabelledSpan
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError, FormatError
from annotator.formats import GOLD
from annotator.operations import Change, Operation
from annotator.store import open_store
from annotator.store.sql_store import SqlStore
from annotator.workflows.train_material import Material, check_enough, material_from_files, material_from_project
from annotator.workflows.train_split import split

Read = Callable[..., Material]


@pytest.fixture
def read(tmp_path: Path, codebook: Codebook) -> Read:
    """Read rows as a file, in one call."""

    def read(rows: list[dict[str, Any]], **options: Any) -> Material:
        return material_from_files([write_rows(tmp_path / "rows.jsonl", rows)], codebook, **options)

    return read


def _by(row: dict[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    return {**row["annotations"][0], "annotator": name, **changes}


def _accepted(row: dict[str, Any]) -> dict[str, Any]:
    first, *rest = row["annotations"][0]["spans"]
    return _by(row, "ana", spans=[{**first, "suggestion_id": "s1"}, *rest])


def test_gold_is_taken_instead_of_annotations(read: Read) -> None:
    (row,) = articles(1)
    gold = {"frames": ["Morality"], "spans": []}
    (example,) = read([{**row, "annotations": [_by(row, "ana"), _by(row, "ben")], "gold": gold}]).examples
    assert (example.annotation.annotator, example.annotation.frames, example.weight) == (GOLD, ("Morality",), 1.0)


def test_annotators_of_one_article_share_its_weight(read: Read) -> None:
    (row,) = articles(1)
    given = [_by(row, "ana"), _by(row, "ben"), _by(row, "cem", status="draft"), _by(row, "dan", status="discarded")]
    material = read([{**row, "annotations": given}])
    assert [(e.annotation.annotator, e.weight) for e in material.examples] == [("ana", 0.5), ("ben", 0.5)]
    assert material.notes == ("1 articles were labelled by several annotators; each counts in equal parts.",)


def test_annotation_made_with_suggestions_counts_half(read: Read) -> None:
    (row,) = articles(1)
    material = read([{**row, "annotations": [_accepted(row)]}])
    assert [(e.weight, e.is_assisted) for e in material.examples] == [(0.5, True)]
    assert material.notes == ("1 annotations were made with suggestions in view and count 0.5 instead of 1.",)


def test_annotation_made_with_suggestions_can_be_left_out(read: Read) -> None:
    first, second = articles(2)
    material = read([{**first, "annotations": [_accepted(first)]}, second], assisted_weight=0.0)
    assert [e.document.id for e in material.examples] == ["a01"]
    assert "1 articles were left out: all their annotations were made with suggestions in view." in material.notes


def test_same_text_in_two_rows_is_one_article(read: Read) -> None:
    (row,) = articles(1)
    material = read([row, {**row, "id": "again", "annotations": [_by(row, "ben")]}])
    assert [e.weight for e in material.examples] == [0.5, 0.5]
    assert len(material.articles()) == 1


def test_order_of_rows_does_not_matter(read: Read) -> None:
    rows = articles(4)
    assert read(rows) == read(rows[::-1])


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown label": ({"device": "loaded_langauge"}, r"line 1: .*Did you mean 'loaded_language'\?"),
    "quote elsewhere": ({"quote": "stone"}, r"line 1: .*the text there reads"),
    "no offsets": ({"start": None}, r"line 1: .*'start' is None; expected int"),
}


@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS)
def test_faulty_row_is_one_clear_error(read: Read, change: dict[str, Any], message: str) -> None:
    first, second = articles(2)
    first["annotations"][0]["spans"][0].update(change)
    with pytest.raises(FormatError, match=rf"Cannot train on these files: rows.jsonl, {message}"):
        read([first, second])


def test_many_faulty_rows_are_counted(read: Read) -> None:
    rows = articles(5)
    for row in rows:
        row["annotations"][0]["frames"] = ["Weather"]
    with pytest.raises(FormatError, match=r"\(and 2 more\) Repair or remove what is named"):
        read(rows)


def test_other_codebook_is_named(read: Read) -> None:
    (row,) = articles(1)
    with pytest.raises(FormatError, match="made with codebook 'sports@2', and this training is for 'news-framing@1'"):
        read([{**row, "codebook": "sports@2"}])


def test_broken_empty_and_missing_files_are_one_error_each(tmp_path: Path, codebook: Codebook) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "broken.jsonl").write_text("{")
    for name, message in (("empty", "no article is left"), ("broken", "the line is no JSON"), ("none", "no such file")):
        with pytest.raises(FormatError, match=message):
            material_from_files([tmp_path / f"{name}.jsonl"], codebook)


def test_drafts_alone_leave_nothing_to_learn_from(read: Read) -> None:
    rows = [{**row, "annotations": [_by(row, "ana", status="draft")]} for row in articles(3)]
    with pytest.raises(FormatError, match=r"no article is left to learn from\. 3 articles without a submitted or"):
        read(rows)


def test_enough_is_enough(read: Read, codebook: Codebook) -> None:
    check_enough(read(articles(34)), codebook)


def test_too_little_says_how_much_more(read: Read, codebook: Codebook) -> None:
    found, needed = r"found 12 finished articles with 36 spans", r"18 more finished articles, 64 more labelled spans\."
    with pytest.raises(ClassifierError, match=f"{found} of 3 devices; .* Still needed: {needed}"):
        check_enough(read(articles(12)), codebook)


def test_one_class_is_too_little(read: Read, codebook: Codebook) -> None:
    with pytest.raises(ClassifierError, match=r"Still needed: spans of 1 more device, for now only 'name_calling' is"):
        check_enough(read(articles(40, loaded=("regime",))), codebook)


def test_dev_part_repeats_and_parts_no_event(read: Read) -> None:
    material = read(articles(60))
    learnt, dev, how = split(material, share=0.15, seed=13)
    assert (learnt, dev, how) == split(material, share=0.15, seed=13)
    assert dev != split(material, share=0.15, seed=14)[1]
    assert (len(learnt) + len(dev), how) == (60, "event")
    assert 7 <= len(dev) <= 9
    assert not {e.document.event for e in learnt} & {e.document.event for e in dev}


def test_articles_of_one_event_are_split_by_document(read: Read) -> None:
    material = read([{**row, "event": "the only one"} for row in articles(40)])
    _, dev, how = split(material, share=0.15, seed=13)
    assert (len(dev), how) == (6, "document")


def test_dev_part_needs_spans(read: Read) -> None:
    rows = articles(40)
    for row in rows[1:]:
        row["annotations"][0]["spans"] = []
    with pytest.raises(ClassifierError, match="almost all spans stand in a few articles"):
        split(read(rows), share=0.15, seed=13)


def test_dev_part_holds_one_annotation_of_each_article(read: Read) -> None:
    rows = [{**row, "annotations": [_by(row, "ana"), _accepted(row) | {"annotator": "aaa"}]} for row in articles(40)]
    learnt, dev, _ = split(read(rows), share=0.15, seed=13)
    assert len(learnt) == 2 * (40 - len(dev))
    assert {e.annotation.annotator for e in dev} == {"ana"}, "those made without suggestions come first"


@pytest.fixture
def store(codebook: Codebook) -> SqlStore:
    """A project with documents a, b, c, each submitted by ana with one span."""
    opened = open_store(":memory:")
    opened.create_project("p", title="P", codebook=codebook, codebook_source="")
    list(opened.add_documents("p", [Document(name, f"The regime {name} fell.") for name in "abc"]))
    return opened


def _mark(store: SqlStore, document: str, *, annotator: str = "ana", seen: str = "", suggestion: str | None = None,
          submitted_seeing: str = "") -> None:  # fmt: skip
    store.add_annotator("p", annotator)
    span = LabelledSpan(4, 10, "regime", "name_calling", suggestion_id=suggestion).to_record()
    done = [
        Operation(f"{document}{annotator}1", document, annotator, "label", (Change("span", "x", None, span),),
                  agent_version=seen),
        Operation(f"{document}{annotator}2", document, annotator, "submit",
                  (Change("status", "", None, "submitted"),), agent_version=submitted_seeing),
    ]  # fmt: skip
    assert [one.outcome for one in store.apply("p", done)] == ["applied", "applied"]


def test_project_says_who_saw_suggestions(store: SqlStore) -> None:
    _mark(store, "a")
    _mark(store, "b", seen="some-model@1")
    _mark(store, "c", submitted_seeing="some-model@1")
    material = material_from_project(store, "p")
    store.close()
    assert [(e.document.id, e.weight) for e in material.examples] == [("a", 1.0), ("b", 0.5), ("c", 1.0)]
    assert "1 annotations were made with suggestions in view and count 0.5 instead of 1." in material.notes


def test_project_counts_accepted_spans_as_seen(store: SqlStore) -> None:
    _mark(store, "a", suggestion="s1")
    (example,) = material_from_project(store, "p").examples
    store.close()
    assert example.is_assisted


def test_project_takes_gold_and_leaves_drafts(store: SqlStore) -> None:
    _mark(store, "a", seen="some-model@1")
    span = LabelledSpan(4, 10, "regime", "loaded_language")
    store.import_annotation("p", "a", Annotation(GOLD, "submitted", (), (span,)), operation_id="gold")
    store.import_annotation("p", "b", Annotation("ben", "draft", (), (span,)), operation_id="draft")
    material = material_from_project(store, "p")
    store.close()
    assert [(e.document.id, e.annotation.annotator, e.weight) for e in material.examples] == [("a", GOLD, 1.0)]
    assert material.notes == ("2 articles without a submitted or adjudicated annotation were left out.",)


def test_project_that_nobody_finished_leaves_nothing(store: SqlStore) -> None:
    with pytest.raises(FormatError, match="Cannot train on project 'p': no article is left to learn from"):
        material_from_project(store, "p")
    store.close()


def test_one_device_is_enough_where_the_codebook_has_one(read: Read, codebook: Codebook) -> None:
    single = replace(codebook, devices=tuple(d for d in codebook.devices if d.id == "name_calling"))
    check_enough(read(articles(40, loaded=("regime",))), single)

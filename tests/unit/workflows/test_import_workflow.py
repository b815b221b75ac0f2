"""Import: what goes in, what is reported, and that importing twice doubles nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.codebook import Codebook
from annotator.errors import FormatError, StoreError
from annotator.formats import ReadOptions, read_uploads
from annotator.operations import Change, Operation
from annotator.store import open_store
from annotator.store.base import Store
from annotator.workflows.import_ import import_paths, import_uploads, plan_import, refuse_rejections
from annotator.workflows.import_report import ImportReport

TEXT = "💩 They keep illicit bases."
SPAN = {"start": 12, "end": 25, "quote": "illicit bases", "device": "loaded_language", "frames": [], "voice": "own"}


def row(id: str = "a1", text: str = TEXT, **changes: Any) -> bytes:
    return json.dumps({"id": id, "text": text, **changes}).encode() + b"\n"


def coded(annotator: str = "ana", *, spans: list[Any] | None = None, **changes: Any) -> dict[str, Any]:
    listed = [SPAN] if spans is None else spans
    return {"annotator": annotator, "status": "submitted", "frames": ["Morality"], "spans": listed, **changes}


@pytest.fixture
def store(codebook: Codebook) -> Iterator[Store]:
    opened = open_store(":memory:")
    opened.create_project("p", title="P", codebook=codebook, codebook_source="")
    yield opened
    opened.close()


Put = Callable[..., ImportReport]


@pytest.fixture
def put(store: Store) -> Put:
    return lambda *contents, **options: import_uploads(
        store, "p", [(f"{n}.jsonl", content) for n, content in enumerate(contents, start=1)], **options
    )


def ids(store: Store) -> list[str]:
    return [document.id for document in store.iter_documents("p")]


def test_articles_and_annotations_go_in(store: Store, put: Put) -> None:
    report = put(row(annotations=[coded(), coded("ben")]), row("a2", "Other."))
    assert (report.added, report.annotations) == (("a1", "a2"), 2)
    assert report.summary() == "Added 2 articles and 2 annotations."
    assert [annotation.annotator for annotation in store.annotations("p", "a1")] == ["ana", "ben"]
    (span,) = store.annotations("p", "a1")[0].spans
    assert (span.quote, span.voice, store.annotations("p", "a1")[0].status) == ("illicit bases", "own", "submitted")


def test_importing_again_doubles_nothing(store: Store, put: Put) -> None:
    content = row(annotations=[coded()])
    put(content)
    before = store.counts()
    report = put(content)
    assert (report.added, report.duplicates, report.annotations, report.repeated) == ((), (("a1", "a1"),), 0, 1)
    assert report.summary() == "Added 0 articles; 1 article already there; 1 annotation already there."
    assert store.counts() == before


def test_other_details_of_a_known_text_are_reported_not_taken_over(store: Store, put: Put) -> None:
    put(row(outlet="Agency"))
    assert put(row(outlet="Agency")).warnings == ()
    (warning,) = put(row(outlet="Blog", title="Bases")).warnings
    assert "what the file says of title, outlet was not taken over" in warning
    assert store.document("p", "a1").outlet == "Agency"


def test_importing_again_does_not_bring_back_what_was_deleted(store: Store, put: Put) -> None:
    content = row(annotations=[coded()])
    put(content)
    ((key, span),) = store.state("p", "a1", "ana").spans.items()
    gone = Operation("x", "a1", "ana", "delete", (Change("span", key, span.to_record(), None),))
    assert store.apply("p", [gone])[0].outcome == "applied"
    put(content)
    assert store.annotations("p", "a1")[0].spans == ()


def test_same_text_under_another_id_is_reported_and_keeps_its_annotations(store: Store, put: Put) -> None:
    put(row())
    report = put(row("b7", annotations=[coded()]))
    assert report.duplicates == (("b7", "a1"),)
    assert ids(store) == ["a1"]
    assert store.annotations("p", "a1")[0].spans[0].quote == "illicit bases"


def test_second_annotator_of_known_articles_is_added(store: Store, put: Put) -> None:
    put(row(annotations=[coded()]))
    report = put(row(annotations=[coded("ben", status="draft")]))
    assert report.annotations == 1
    assert {one.annotator: one.status for one in store.annotations("p", "a1")} == {"ana": "submitted", "ben": "draft"}


def test_changed_article_is_a_revision_and_lost_spans_are_named(store: Store, put: Put) -> None:
    text = "They left. The people of the north keep illicit bases in the hills."
    start = text.index("illicit")
    kept = {**SPAN, "start": start, "end": start + 13}
    lost = {**SPAN, "start": 0, "end": 4, "quote": "They", "device": "doubt"}
    put(row(text=text, annotations=[coded(spans=[kept, lost])]))
    report = put(row(text=text.replace("They", "We all")))
    assert (report.revised, report.new_ids) == (("a1",), ("a1",))
    assert "spans found again in the new text: 1; not found: 'They' (ana)." in report.warnings[0]
    assert store.document("p", "a1").revision == 2


def test_one_id_for_two_texts_in_one_run_is_rejected(store: Store, put: Put) -> None:
    report = put(row(), row(text="Another article of this name."))
    (rejected,) = report.rejected
    assert (rejected.name, rejected.line) == ("2.jsonl", 1)
    assert "the id 'a1' stands for another text in 1.jsonl, line 1" in rejected.reason
    assert store.document("p", "a1").text == TEXT


def test_good_rows_are_in_and_bad_ones_listed(store: Store, put: Put) -> None:
    report = put(row() + b"{broken\n" + row("a3", "Three.", annotations=[coded()]) + row("a4", "Four."))
    assert report.added == ("a1", "a4")
    assert [(item.line, item.reason[:23]) for item in report.rejected] == [
        (2, "the line is no JSON: Ex"),
        (3, "annotator 'ana': Cannot"),
    ]


def test_gold_is_kept_apart_under_its_own_name(store: Store, put: Put) -> None:
    put(row(gold={"frames": ["Morality"], "spans": [SPAN]}))
    (annotation,) = store.annotations("p", "a1")
    assert (annotation.annotator, annotation.status) == ("gold", "submitted")


def test_annotation_the_store_refuses_is_listed_and_the_article_is_in(store: Store, put: Put) -> None:
    store.add_annotator("p", "Ana")
    report = put(row(annotations=[coded("ana"), coded("ben")]))
    assert report.added == ("a1",)
    (rejected,) = report.rejected
    assert "the article is in, but the annotation by 'ana' is not: " in rejected.reason
    assert [annotation.annotator for annotation in store.annotations("p", "a1")] == ["ben"]


def test_warnings_are_said_once_with_a_count(put: Put) -> None:
    report = put(b"".join(row(f"a{n}", f"Text {n}.", published="29/8/23") for n in range(300)))
    assert report.warnings == (
        "1.jsonl, line 1 and 299 more: 'published' is no date like 2023-08-29; kept as metadata.",
    )


def test_progress_is_told_after_each_batch(put: Put) -> None:
    told: list[int] = []
    put(b"".join(row(f"a{n}", f"Text {n}.") for n in range(450)), progress=told.append)
    assert told == [200, 400, 450]


def test_options_reach_the_readers(store: Store, put: Put) -> None:
    shifted = coded(spans=[{**SPAN, "start": 13, "end": 26}])
    del shifted["annotator"]
    report = put(row(annotations=[shifted]), options=ReadOptions(offsets="utf16", annotator="cara"))
    assert report.rejected == ()
    assert store.annotations("p", "a1")[0].annotator == "cara"


def test_folder_is_imported_with_its_gaps(store: Store, tmp_path: Path) -> None:
    for name, content in (("a.txt", b"One."), ("sub/b.html", b"<p>Two words.</p>"), ("c.txt", b""), ("d.css", b"x")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    report = import_paths(store, "p", [tmp_path])
    assert report.added == ("a.txt", "sub/b.html")
    assert [item.name for item in report.rejected] == ["c.txt"]
    assert len(report.skipped) == 1
    assert store.document("p", "sub/b.html").original == "<p>Two words.</p>"


def test_unknown_project_is_an_error(store: Store) -> None:
    with pytest.raises(StoreError, match="nope"):
        import_uploads(store, "nope", [("a.txt", b"One.")])


def test_plan_says_what_an_import_would_do_and_changes_nothing(store: Store, put: Put, codebook: Codebook) -> None:
    put(row(), row("a2", "Two."))
    contents = [row("b", TEXT), row("a2", "Changed."), row("a3", "Three.", annotations=[coded()]), b"{\n"]
    contents += [row("a4", "Four.", annotations=[coded(spans=[])]), row("a5", "Four.")]
    files = [(f"{n}.jsonl", content) for n, content in enumerate(contents)]
    before = store.counts()
    items = read_uploads(files, options=ReadOptions(codebook=codebook))
    planned = plan_import(items, store=store, project_id="p")
    assert store.counts() == before
    done = import_uploads(store, "p", files)
    assert (planned.added, planned.revised, planned.duplicates) == (("a4",), ("a2",), (("b", "a1"), ("a5", "a4")))
    assert planned == done


def test_strict_check_stops_at_the_first_fault() -> None:
    files = [("a.txt", b"One."), ("b.txt", b""), ("c.txt", b"\0")]
    with pytest.raises(FormatError, match=r"b.txt: the text is empty\. .* Nothing was imported, because of --strict"):
        refuse_rejections(read_uploads(files))

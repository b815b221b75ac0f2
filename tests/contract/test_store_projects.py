"""Projects, codebooks, settings and annotators: what every store does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from store_kit.edits import PROJECT, SMALL, SMALL_SOURCE, example_codebook, mark, span_of

from annotator.annotations import Annotation, Suggestions
from annotator.documents import Document
from annotator.errors import StoreError
from annotator.store import DocumentQuery
from annotator.store.sql_store import SqlStore


def test_project_comes_back_with_its_codebook_and_source(store: SqlStore) -> None:
    book = example_codebook()
    made = store.create_project("p", title="Größe 🪧", codebook=book, codebook_source="id: rich\r\n# ü")
    assert store.project("p") == made
    assert (made.title, made.codebook, made.codebook_source) == ("Größe 🪧", book, "id: rich\r\n# ü")


def test_projects_are_listed_oldest_first(store: SqlStore) -> None:
    for name in ("z", "a", "m"):
        store.create_project(name, title=name, codebook=SMALL, codebook_source=SMALL_SOURCE)
    assert [project.id for project in store.projects()] == ["z", "a", "m"]


def test_create_project_refuses_an_id_in_use(project: SqlStore) -> None:
    with pytest.raises(
        StoreError, match=r"^Cannot create project 'syria': it exists\. Open it, or choose another id\.$"
    ):
        project.create_project(PROJECT, title="Again", codebook=SMALL, codebook_source=SMALL_SOURCE)


@pytest.mark.parametrize("name", ["", " padded", "x" * 101, "line\nbreak"], ids=["empty", "padded", "long", "control"])
def test_create_project_refuses_an_unusable_id(store: SqlStore, name: str) -> None:
    with pytest.raises(StoreError, match="1 to 100 printable characters"):
        store.create_project(name, title="", codebook=SMALL, codebook_source="")


def test_unknown_project_offers_the_near_match(project: SqlStore) -> None:
    with pytest.raises(StoreError, match=r"no project 'siria'\. This database has: syria\. Did you mean 'syria'\?"):
        project.project("siria")


def test_every_method_names_an_unknown_project(store: SqlStore) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.annotators("no"),
        lambda: store.add_annotator("no", "ana"),
        lambda: store.set_project_setting("no", "key", 1),
        lambda: list(store.add_documents("no", [Document("a", "text")])),
        lambda: list(store.iter_documents("no")),
        lambda: store.find_documents("no", DocumentQuery(), annotator="ana"),
        lambda: store.facets("no"),
        lambda: store.progress("no", "ana"),
        lambda: store.targets("no"),
        lambda: store.apply("no", []),
        lambda: store.import_annotation("no", "a", Annotation("ana"), operation_id="o"),
        lambda: store.put_suggestions("no", [Suggestions("a", "model", "m@1", "small@1")]),
        lambda: store.state("no", "a", "ana"),
        lambda: store.history("no", "a", "ana"),
        lambda: store.orphans("no", "a"),
        lambda: store.document("no", "a"),
        lambda: store.suggestions("no", "a"),
        lambda: store.frame_suggestions("no", "a"),
        lambda: store.annotations("no", "a"),
    ]
    for call in calls:
        with pytest.raises(StoreError, match="There is no project 'no'"):
            call()


def test_settings_are_json_values_and_none_removes_them(project: SqlStore) -> None:
    project.set_project_setting(PROJECT, "threshold", 0.3)
    project.set_project_setting(PROJECT, "threshold", {"model": 0.25, "names": ["é"]})
    project.set_project_setting(PROJECT, "gone", True)
    project.set_project_setting(PROJECT, "gone", None)
    assert project.project(PROJECT).settings == {"threshold": {"model": 0.25, "names": ["é"]}}


def test_a_codebook_version_may_change_until_an_annotation_refers_to_it(project: SqlStore) -> None:
    changed = replace(SMALL, title="Better title")
    project.create_project("second", title="", codebook=changed, codebook_source="new")
    assert project.project(PROJECT).codebook == changed
    project.apply(PROJECT, [mark("s1", span_of("stolen"))])
    with pytest.raises(StoreError, match=r"'small@1' with another content.*Raise 'version'"):
        project.create_project("third", title="", codebook=SMALL, codebook_source="")
    project.create_project("third", title="", codebook=replace(SMALL, version=2), codebook_source="")
    assert project.project("third").codebook.ref == "small@2"


def test_annotators_are_listed_in_order_of_joining(project: SqlStore) -> None:
    assert project.add_annotator(PROJECT, "  Zoë ") == "Zoë"
    assert project.add_annotator(PROJECT, "ana") == "ana"
    assert project.annotators(PROJECT) == ["ana", "ben", "Zoë"]


def test_annotator_names_differ_in_more_than_case(project: SqlStore) -> None:
    project.add_annotator(PROJECT, "Straße")
    with pytest.raises(StoreError, match=r"Cannot add annotator 'STRASSE': 'Straße' is in project"):
        project.add_annotator(PROJECT, "STRASSE")


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\tb", "a\0b"], ids=["empty", "blank", "long", "tab", "nul"])
def test_add_annotator_refuses_an_unusable_name(project: SqlStore, name: str) -> None:
    with pytest.raises(StoreError, match="1 to 60 printable characters"):
        project.add_annotator(PROJECT, name)

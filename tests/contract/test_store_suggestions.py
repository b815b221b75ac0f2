"""Suggestions: kept by version, never an annotation; what every store does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_kit.edits import PROJECT, SMALL, TEXT, edit, span_of, suggested

from annotator.annotations import Evidence, FrameSuggestion, LabelProbability, SpanSuggestion, Suggestions
from annotator.documents import Document
from annotator.errors import StoreError
from annotator.operations import Change
from annotator.store.sql_store import SqlStore

WHOLE = SpanSuggestion(
    4, 10, "stolen", "loaded", 0.875, (LabelProbability("economy", 0.5),), "own", "Syria", "-", "model"
)


def put(
    store: SqlStore, *spans: SpanSuggestion, version: str = "m@1", frames: tuple[FrameSuggestion, ...] = ()
) -> None:
    assert store.put_suggestions(PROJECT, [Suggestions("a", "model", version, SMALL.ref, spans, frames)]) == 1


def quotes(store: SqlStore, **arguments: object) -> list[str]:
    return [found.span.quote for found in store.suggestions(PROJECT, "a", **arguments)]  # type: ignore[arg-type]


def test_a_suggestion_comes_back_whole_and_is_no_annotation(project: SqlStore) -> None:
    frame = FrameSuggestion("security", 0.25, (Evidence(0, 10, 0.5), Evidence(11, 20, 0.125)))
    put(project, WHOLE, frames=(FrameSuggestion("economy", 0.125), frame))
    (found,) = project.suggestions(PROJECT, "a")
    assert (found.agent_version, found.span) == ("m@1", WHOLE)
    assert project.frame_suggestions(PROJECT, "a") == [("m@1", frame), ("m@1", FrameSuggestion("economy", 0.125))]
    assert project.annotations(PROJECT, "a") == []
    assert project.progress(PROJECT, "ana")["todo"] == 2
    assert project.check() == []


def test_ids_are_stable_and_tell_versions_apart(project: SqlStore) -> None:
    put(project, WHOLE)
    (first,) = project.suggestions(PROJECT, "a")
    put(project, replace(WHOLE, probability=0.5))
    (again,) = project.suggestions(PROJECT, "a")
    put(project, WHOLE, version="m@2")
    (newer,) = project.suggestions(PROJECT, "a")
    assert first.id == again.id != newer.id
    assert again.span.probability == 0.5


def test_the_last_version_of_each_agent_is_shown_and_others_are_kept(project: SqlStore) -> None:
    put(project, WHOLE, version="m@1")
    put(project, replace(WHOLE, start=4, end=17, quote="stolen Syrian"), version="m@2")
    lexicon = replace(WHOLE, start=11, end=17, quote="Syrian", agent="lexicon", rule="syria*")
    project.put_suggestions(PROJECT, [Suggestions("a", "lexicon", "lex@1", SMALL.ref, (lexicon,))])
    assert quotes(project) == ["stolen Syrian", "Syrian"]
    assert project.suggestions(PROJECT, "a")[1].span == lexicon
    assert quotes(project, agent_versions=["m@1"]) == ["stolen"]
    put(project, WHOLE, version="m@1")
    assert quotes(project) == ["stolen", "Syrian"]


def test_putting_a_version_again_shows_only_its_last_proposals(project: SqlStore) -> None:
    project.put_suggestions(PROJECT, [suggested("a", version="m@1", count=4)])
    key = project.suggestions(PROJECT, "a")[0].id
    project.apply(PROJECT, [edit(Change("decision", key, None, "rejected"))])
    rows = project.counts()["suggestion_span"]
    put(project, replace(WHOLE, probability=0.25), version="m@1")
    assert quotes(project) == ["stolen"]
    assert project.counts()["suggestion_span"] == rows
    assert project.state(PROJECT, "a", "ana").decisions == {key: "rejected"}
    assert project.check() == []


def test_a_version_without_proposals_hides_the_earlier_ones(project: SqlStore) -> None:
    put(project, WHOLE, version="m@1", frames=(FrameSuggestion("economy", 0.5),))
    put(project, version="m@2")
    assert (quotes(project), project.frame_suggestions(PROJECT, "a")) == ([], [])


def test_the_more_probable_of_two_equal_proposals_counts(project: SqlStore) -> None:
    put(project, replace(WHOLE, probability=0.25), WHOLE, replace(WHOLE, probability=0.5))
    assert [found.span.probability for found in project.suggestions(PROJECT, "a")] == [0.875]


def test_of_two_sets_of_a_version_in_one_batch_the_last_is_shown_and_both_are_kept(project: SqlStore) -> None:
    other = replace(WHOLE, start=4, end=17, quote="stolen Syrian")
    given = [Suggestions("a", "model", "m@1", SMALL.ref, (span,)) for span in (WHOLE, other)]
    assert project.put_suggestions(PROJECT, given) == 2
    assert quotes(project) == ["stolen Syrian"]
    assert project.counts()["suggestion_span"] == 2


def test_many_documents_and_versions_are_stored_at_once(project: SqlStore) -> None:
    names = [f"n{n}" for n in range(450)]
    list(project.add_documents(PROJECT, [Document(name, f"{TEXT} {name}") for name in names]))
    given = [suggested(name, version=version) for name in names for version in ("m@1", "m@2")]
    assert project.put_suggestions(PROJECT, given) == 900
    assert [len(project.suggestions(PROJECT, name)) for name in names] == [3] * 450
    counts = project.counts()
    assert (counts["suggestion_set"], counts["suggestion_span"]) == (900, 2700)
    assert project.put_suggestions(PROJECT, given) == 900
    assert project.counts() == counts
    assert project.check() == []


def test_suggestions_for_an_earlier_revision_are_refused(project: SqlStore) -> None:
    list(project.add_documents(PROJECT, [Document("a", "New: " + TEXT)]))
    empty = Suggestions("a", "model", "m@1", SMALL.ref)
    with pytest.raises(StoreError, match="made for revision 1 of its text, which is at revision 2 by now"):
        project.put_suggestions(PROJECT, [empty], revisions={"a": 1})
    assert project.put_suggestions(PROJECT, [empty], revisions={"a": 2}) == 1


def test_documents_that_lack_a_version_come_with_what_they_lack(project: SqlStore) -> None:
    def lacking(*versions: str, ids: list[str] | None = None) -> list[tuple[str, list[str]]]:
        found = project.documents_lacking(PROJECT, versions, ids=ids)
        return [(document.id, sorted(missing)) for document, missing in found]

    put(project, WHOLE, version="m@1")
    assert lacking("m@1", "m@2") == [("a", ["m@2"]), ("b", ["m@1", "m@2"])]
    assert lacking("m@1", ids=["b", "a"]) == [("b", ["m@1"])]
    assert lacking("m@2", ids=["b", "a"]) == [("b", ["m@2"]), ("a", ["m@2"])]
    assert (project.count_lacking(PROJECT, ["m@1"]), project.count_lacking(PROJECT, ["m@2"])) == ((1, 2), (2, 2))
    list(project.add_documents(PROJECT, [Document("a", "New: " + TEXT)]))
    assert lacking("m@1") == [("a", ["m@1"]), ("b", ["m@1"])]


def test_a_version_can_be_shown_again_without_being_put(project: SqlStore) -> None:
    for version in ("m@1", "m@2"):
        put(project, WHOLE, version=version)
    project.put_suggestions(PROJECT, [Suggestions("a", "lexicon", "lex@1", SMALL.ref)])
    assert project.show_suggestions(PROJECT, ["m@2", "lex@1"]) == 0
    assert project.show_suggestions(PROJECT, ["m@1"], ids=["b"]) == 0
    assert project.show_suggestions(PROJECT, ["m@1"]) == 1
    assert [found.agent_version for found in project.suggestions(PROJECT, "a")] == ["m@1"]
    assert project.show_suggestions(PROJECT, ["m@1"]) == 0


@pytest.mark.parametrize("method", ["documents_lacking", "count_lacking", "show_suggestions"])
def test_what_is_asked_of_suggestions_needs_a_project_that_exists(project: SqlStore, method: str) -> None:
    with pytest.raises(StoreError, match="no project"):
        list(getattr(project, method)("nowhere", ["m@1"]))


def test_a_revised_text_has_no_suggestions_until_it_is_scored(project: SqlStore) -> None:
    put(project, WHOLE)
    list(project.add_documents(PROJECT, [Document("a", "New: " + TEXT)]))
    assert quotes(project) == []
    put(project, replace(WHOLE, start=9, end=15))
    assert quotes(project) == ["stolen"]
    assert project.check() == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Suggestions("zz", "model", "m@1", "small@1"), "has no document 'zz'"),
        (Suggestions("a", "model", "m@1", "other@3", (replace(WHOLE, device="lies"),)), "Unknown device 'lies'"),
        (Suggestions("a", "model", "m@1", "small@1", (replace(WHOLE, quote="stolem"),)), "reads 'stolen'"),
        (Suggestions("a", "model", "m@1", "small@1", (), (FrameSuggestion("war", 0.5),)), "Unknown frame 'war'"),
    ],
    ids=["document", "device", "quote", "frame"],
)
def test_suggestions_that_do_not_fit_are_refused(project: SqlStore, given: Suggestions, reason: str) -> None:
    with pytest.raises(StoreError, match=reason):
        project.put_suggestions(PROJECT, [given])
    assert project.counts()["suggestion_set"] == 0


def test_an_accepted_suggestion_is_remembered_by_the_span(project: SqlStore) -> None:
    put(project, WHOLE)
    key = project.suggestions(PROJECT, "a")[0].id
    span = span_of("stolen", suggestion_id=key)
    operation = edit(Change("span", "s1", None, span.to_record()), Change("decision", key, None, "accepted"))
    assert project.apply(PROJECT, [operation])[0].outcome == "applied"
    state = project.state(PROJECT, "a", "ana")
    assert (state.spans["s1"].suggestion_id, state.decisions) == (key, {key: "accepted"})


def test_counts_by_version_say_who_proposed_what_is_shown(project: SqlStore) -> None:
    put(project, WHOLE, version="m@1")
    project.put_suggestions(PROJECT, [suggested("b", "Another text", version="m@1", count=2)])
    put(project, WHOLE, replace(WHOLE, start=4, end=17, quote="stolen Syrian"), version="m@2")
    project.put_suggestions(PROJECT, [Suggestions("a", "lexicon", "lex@1", SMALL.ref)])
    found = [(f.agent, f.agent_version, f.documents, f.spans, f.shown) for f in project.suggested_by(PROJECT)]
    assert found == [("lexicon", "lex@1", 1, 0, 1), ("model", "m@2", 1, 2, 1), ("model", "m@1", 2, 3, 1)]
    times = [f.stored for f in project.suggested_by(PROJECT)]
    assert times == sorted(times, reverse=True)


def test_counts_by_version_keep_what_a_revision_hid(project: SqlStore) -> None:
    put(project, WHOLE)
    list(project.add_documents(PROJECT, [Document("a", "New: " + TEXT)]))
    (found,) = project.suggested_by(PROJECT)
    assert (found.documents, found.spans, found.shown) == (1, 1, 0)
    put(project, replace(WHOLE, start=9, end=15))
    (found,) = project.suggested_by(PROJECT)
    assert (found.documents, found.spans, found.shown) == (1, 2, 1)


def test_counts_by_version_need_a_project_that_exists(project: SqlStore) -> None:
    with pytest.raises(StoreError, match="no project"):
        project.suggested_by("nowhere")

"""The Annotate page: what it sends to the browser, and what it takes in."""

from __future__ import annotations

from typing import Any

import pytest
from browser_kit.app import go_to, mounted, send, texts
from browser_kit.corpus import HARBOUR, Projects, harbour, place_of
from browser_kit.kinds import OpenApp

from annotator.store.base import Store


def outbox(instance: str, *operations: dict[str, Any], sequence: int = 1, **more: Any) -> dict[str, Any]:
    sent = [{"undoes": None, "client_time": "", "agent_version": "", "instance": instance, **o} for o in operations]
    return {"sequence": sequence, "instance": instance, "operations": sent, "intents": [], **more}


def labelling(quote: str, *, id: str = "op-1") -> dict[str, Any]:
    start, end = place_of(HARBOUR, quote)
    span = {"start": start, "end": end, "quote": quote, "device": "loaded_language", "frames": []}
    span |= {"voice": "own", "target": None, "polarity": None}
    changes = [
        {"entity": "span", "key": f"span-{id}", "before": None, "after": span},
        {"entity": "status", "key": "", "before": None, "after": "draft"},
    ]
    return {"id": id, "action": "label", "changes": changes}


def test_database_without_project_says_what_to_do(app: OpenApp) -> None:
    at = app()
    assert "No project yet" in texts(at)
    assert [button.label for button in at.button] == ["Go to the Project page"]


def test_project_without_articles_says_what_to_do(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.make([]), annotator="ana")
    assert "No articles yet" in texts(at)


def test_nobody_chosen_asks_who_is_labelling(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.harbour(annotators=("ana", "ben")))
    assert "Who is labelling?" in texts(at)
    assert mounted(at, "editor") is None


def test_new_name_becomes_an_annotator(app: OpenApp, projects: Projects, store: Store) -> None:
    project = projects.harbour(annotators=())
    at = app(project=project)
    at.text_input[0].set_value("  Mara  ")
    next(button for button in at.button if button.label == "Start annotating").click().run()
    assert store.annotators(project) == ["Mara"]
    assert mounted(at, "editor")


def test_editor_gets_the_article_its_labels_and_suggestions(app: OpenApp, projects: Projects) -> None:
    data = mounted(app(project=projects.harbour(), annotator="ana"), "editor")
    assert data
    assert data["document"]["text"].startswith(HARBOUR)
    assert [span["quote"] for span in data["suggestions"]["spans"]][:2] == ["radical council", "slammed"]
    assert [frame["label"] for frame in data["suggestions"]["frames"]] == ["Political", "Economic"]
    assert len(data["labels"]["frames"]) == 14
    assert data["settings"] == {"minimum_probability": 0.3, "show_suggestions": True}
    assert data["position"] == {"index": 1, "total": 1, "todo": 1}
    quoted = [r for r in data["voice_ranges"] if r["voice"] == "quoted"]
    assert "so-called reform" in HARBOUR[quoted[0]["start"] : quoted[0]["end"]]


def test_operation_is_saved_before_it_is_acknowledged(app: OpenApp, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    at = app(project=project, annotator="ana")
    carrier = mounted(at, "carrier")
    assert carrier
    send(at, outbox(carrier["instance"], labelling("betrayal")))
    assert not at.exception
    answer = mounted(at, "carrier")
    assert answer
    assert answer["ack"] == ["op-1"]
    state = store.state(project, "harbour-1", "ana")
    assert [span.quote for span in state.spans.values()] == ["betrayal"]
    assert answer["state"]["spans"]["span-op-1"]["quote"] == "betrayal"
    assert [operation["id"] for operation in answer["history"]] == ["op-1"]


def test_operation_sent_twice_is_applied_once(app: OpenApp, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    at = app(project=project, annotator="ana")
    instance = (mounted(at, "carrier") or {})["instance"]
    send(at, outbox(instance, labelling("betrayal")))
    send(
        at,
        outbox(
            instance,
            labelling("betrayal"),
            labelling("abyss", id="op-2") | {"changes": [labelling("abyss", id="op-2")["changes"][0]]},
            sequence=2,
        ),
    )
    assert len(store.history(project, "harbour-1", "ana")) == 2
    assert (mounted(at, "carrier") or {})["ack"] == ["op-1", "op-2"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quote": "other"}, "other"),
        ({"device": "no_such_device"}, "Unknown device"),
        ({"end": 10_000_000}, "10000000"),
        ({"start": "0"}, "start"),
    ],
    ids=["quote", "device", "end", "type"],
)
def test_broken_operation_is_refused_with_its_reason(
    app: OpenApp, projects: Projects, store: Store, change: dict[str, Any], reason: str
) -> None:
    project = projects.harbour()
    at = app(project=project, annotator="ana")
    operation = labelling("betrayal")
    operation["changes"][0]["after"] |= change
    send(at, outbox((mounted(at, "carrier") or {})["instance"], operation))
    answer = mounted(at, "carrier") or {}
    assert answer["ack"] == []
    assert [refused["id"] for refused in answer["refused"]] == ["op-1"]
    assert reason in answer["refused"][0]["reason"].replace(",", "")
    assert store.state(project, "harbour-1", "ana").spans == {}


@pytest.mark.parametrize(
    "value", [{}, {"operations": 3}, {"operations": [None, 4, {}]}, {"intents": [{"id": 1}]}], ids=str
)
def test_nonsense_from_the_browser_is_no_error(app: OpenApp, projects: Projects, value: dict[str, Any]) -> None:
    at = app(project=projects.harbour(), annotator="ana")
    send(at, {"sequence": 1, **value})
    assert not at.exception
    assert not at.error


def test_intent_opens_an_article_once(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.harbour(articles=3), annotator="ana")
    intent = {"id": "i-1", "kind": "open", "document_id": "harbour-3"}
    send(at, outbox("", intents=[intent]))
    assert (mounted(at, "editor") or {})["document"]["id"] == "harbour-3"
    assert (mounted(at, "carrier") or {})["intents_done"] == ["i-1"]
    send(at, outbox("", sequence=2, intents=[{"id": "i-2", "kind": "previous"}]))
    send(at, outbox("", sequence=3, intents=[intent, {"id": "i-2", "kind": "previous"}]))
    assert (mounted(at, "editor") or {})["document"]["id"] == "harbour-2"


def test_search_and_status_narrow_the_queue(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.harbour(articles=3), annotator="ana")
    at.text_input(key="queue_search").set_value("report 2").run()
    queue = mounted(at, "queue") or {}
    assert [row["id"] for row in queue["rows"]] == ["harbour-2"]
    assert (queue["total"], queue["filtered"]) == (1, True)
    at.text_input(key="queue_search").set_value("nothing like it").run()
    assert (mounted(at, "queue") or {})["rows"] == []


def test_outlet_and_event_narrow_the_queue(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.harbour(articles=4), annotator="ana")
    at.multiselect(key="queue_outlet").select("Port Herald").run()
    assert [row["id"] for row in (mounted(at, "queue") or {})["rows"]] == ["harbour-1", "harbour-4"]
    at.multiselect(key="queue_event").select("Harbour plan").run()
    assert [row["id"] for row in (mounted(at, "queue") or {})["rows"]] == ["harbour-4"]


def test_filters_are_kept_over_a_change_of_page(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.harbour(articles=3), annotator="ana")
    at.text_input(key="queue_search").set_value("report 2").run()
    go_to(at, "project")
    go_to(at, "")
    assert [row["id"] for row in (mounted(at, "queue") or {})["rows"]] == ["harbour-2"]


def test_unknown_article_in_the_address_opens_another(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.harbour(), annotator="ana", document="gone")
    assert (mounted(at, "editor") or {})["document"]["id"] == "harbour-1"


def test_article_without_suggestions_offers_them(app: OpenApp, projects: Projects) -> None:
    at = app(project=projects.make([harbour()]), annotator="ana")
    assert "Suggest labels" in [button.label for button in at.button]

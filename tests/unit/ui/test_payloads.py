"""What the pages send to the browser code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotator.annotations import Agent, Evidence, FrameSuggestion, LabelledSpan, SpanSuggestion
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import OperationError
from annotator.operations import AnnotationState, Change, Operation
from annotator.store.base import StoredSuggestion
from annotator.ui import payloads


def test_instance_names_survive_the_round_trip() -> None:
    document = Document(id='odd "/[id]🪧', text="x", revision=3)
    name = payloads.instance_name("my project", document, "Ana “A.” B")
    assert payloads.parse_instance(name) == ("my project", document.id, 3, "Ana “A.” B")


@pytest.mark.parametrize("instance", [None, "", "x", "[1]", '["p","d","1","a"]', "{}"])
def test_foreign_instance_is_refused(instance: object) -> None:
    with pytest.raises(OperationError, match="names no article"):
        payloads.parse_instance(instance)


def test_surest_suggester_speaks_for_a_frame() -> None:
    weak = FrameSuggestion("Political", 0.3)
    sure = FrameSuggestion("Political", 0.8, (Evidence(0, 4, 0.7),))
    other = FrameSuggestion("Economic", 0.5)
    frames = payloads.frame_suggestions_payload([("lexicon@1", weak), ("model@1", sure), ("model@1", other)])
    assert [(f["label"], f["probability"], f["agent_version"]) for f in frames] == [
        ("Political", 0.8, "model@1"),
        ("Economic", 0.5, "model@1"),
    ]
    assert frames[0]["evidence"] == [{"start": 0, "end": 4, "probability": 0.7}]


def test_everything_sent_is_json(codebook: Codebook) -> None:
    state = AnnotationState(
        spans={"s": LabelledSpan(0, 4, "text", "doubt", ("Political",))}, frames=("Economic",), status="draft"
    )
    operation = Operation("o", "d", "ana", "label", (Change("status", "", None, "draft"),))
    sent: dict[str, Any] = {
        "labels": payloads.labels_payload(codebook),
        "state": payloads.state_payload(state),
        "history": payloads.history_payload([operation]),
        "document": payloads.document_payload(Document(id="d", text="text <b>x</b>")),
    }
    assert json.loads(json.dumps(sent)) == sent
    assert sent["labels"]["devices"][0]["color"].keys() == {"light", "dark"}
    assert sent["document"]["words"] == 4


def stored(agent: Agent, start: int, end: int, probability: float) -> StoredSuggestion:
    span = SpanSuggestion(start, end, "x" * (end - start), "doubt", probability, agent=agent)
    return StoredSuggestion(f"{agent}{start}", f"{agent}@1", span)


def test_lexicon_gives_way_where_the_model_is_shown() -> None:
    listed = [stored("lexicon", 0, 4, 0.9), stored("lexicon", 8, 9, 0.2), stored("model", 2, 6, 0.5)]
    assert [s.id for s in payloads.distinct_suggestions(listed, 0.3)] == ["lexicon8", "model2"]
    assert [s.id for s in payloads.distinct_suggestions(listed, 0.6)] == ["lexicon0", "lexicon8", "model2"]

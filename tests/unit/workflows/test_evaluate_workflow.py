"""Evaluation: which labels count as gold, who is measured, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.annotations import Agent, Annotation, FrameSuggestion, LabelledSpan, SpanSuggestion, Suggestions
from annotator.classifier.base import Whole
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError, FormatError
from annotator.formats import Article
from annotator.schemes import BABE
from annotator.workflows.evaluate import Candidate, evaluate, evaluate_several, gold_of
from annotator.workflows.evaluate_input import read_gold
from annotator.workflows.evaluate_suggesters import Joint, Translated

TEXT = "They keep illicit bases of the regime."
BASES = LabelledSpan(10, 23, "illicit bases", "presupposed_judgement", voice="own", polarity="-")
ITEM = (Document("a", TEXT), Annotation("gold", "submitted", ("Political",), (BASES,)))


class Fake:
    """Suggests the given phrases and frames for every document."""

    agent: Agent = "model"

    def __init__(self, *quotes: str, version: str = "fake@1", codebook: str = "news-framing@1") -> None:
        self.version = version
        self.codebook = codebook
        self.quotes = quotes

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        return (cut for cut, _ in self.suggest_whole(documents, minimum=minimum))

    def suggest_whole(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Whole]:
        for document in documents:
            spans = tuple(
                SpanSuggestion(at, at + len(quote), quote, "presupposed_judgement", 0.8, voice="own", polarity="-")
                for quote in self.quotes
                if (at := document.text.find(quote)) >= 0 and (minimum or 0) <= 0.8
            )
            every = (FrameSuggestion("Political", 0.7), FrameSuggestion("Morality", 0.1))
            yield Suggestions(document.id, "model", self.version, self.codebook, spans, every[:1]), every


def _write(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def _row(name: str, *annotators: str, status: str = "submitted", **more: Any) -> dict[str, Any]:
    span = {"start": 10, "end": 23, "quote": "illicit bases", "device": "loaded_language"}
    listed = [{"annotator": one, "status": status, "spans": [span]} for one in annotators]
    return {"id": name, "text": TEXT, "annotations": listed, **more}


def test_gold_counts_before_annotations() -> None:
    ana, ben, gold = (Annotation(name, "submitted") for name in ("ana", "ben", "gold"))
    assert gold_of(Article(ITEM[0], (ana, ben), gold)) is gold
    assert gold_of(Article(ITEM[0], (ana, Annotation("ben", "draft")))) is ana
    assert gold_of(Article(ITEM[0], (ana, ben))) is None


def test_evaluate_returns_the_report(codebook: Codebook) -> None:
    figures = evaluate([ITEM, ITEM], Fake("illicit bases", "regime"), codebook, samples=20)
    assert figures["spans_partial"]["precision"]["value"] == 0.5
    assert figures["spans_partial"]["recall"]["value"] == 1.0
    assert figures["frames_micro_f1"]["value"] == 1.0
    assert sum(bar["guesses"] for bar in figures["reliability_frames"]) == 4  # those not suggested count too


def test_minimum_replaces_the_thresholds(codebook: Codebook) -> None:
    figures = evaluate([ITEM], Fake("illicit bases"), codebook, samples=20, minimum=0.9)
    assert figures["suggested_spans"] == 0


def test_suggester_for_another_codebook_is_refused(codebook: Codebook) -> None:
    with pytest.raises(ClassifierError, match="'other@2', and the gold labels are of 'news-framing@1'"):
        evaluate([ITEM], Fake(codebook="other@2"), codebook)
    with pytest.raises(ClassifierError, match="no document"):
        evaluate([], Fake(), codebook)


def test_difference_is_the_first_less_the_other(codebook: Codebook) -> None:
    candidates = [Candidate("model", Fake("illicit bases")), Candidate("empty", Fake())]
    figures = evaluate_several([ITEM, ITEM], candidates, codebook, samples=20)
    other = figures["comparisons"]["empty"]
    assert other["spans_partial"]["recall"]["value"] == 0.0
    assert other["difference"]["spans_partial.recall"] == {"value": 1.0, "interval": [1.0, 1.0]}


def test_joint_adds_what_overlaps_nothing(codebook: Codebook) -> None:
    (found,) = Joint(Fake("illicit bases"), Fake("illicit", "regime", version="list@1")).suggest([ITEM[0]])
    assert [span.quote for span in found.spans] == ["illicit bases", "regime"]


def test_translated_speaks_the_words_of_the_corpus(codebook: Codebook) -> None:
    suggester = Translated(Fake("illicit bases"), codebook, BABE)
    gold = Annotation("gold", "submitted", ("Biased",), (LabelledSpan(10, 23, "illicit bases", "BIASED_WORDS"),))
    figures = evaluate([(ITEM[0], gold)], suggester, BABE.codebook(), samples=20)
    assert figures["spans_exact_with_device"]["f1"]["value"] == 1.0
    assert figures["frames_micro_f1"]["value"] == 1.0


def test_what_cannot_be_measured_is_counted(tmp_path: Path, codebook: Codebook) -> None:
    rows = [_row("a", "ana"), _row("b", "ana", "ben"), _row("c", "ana", status="draft"), _row("d")]
    unknown = _row("e", "ana") | {"annotations": [{"annotator": "x", "status": "submitted", "frames": ["Weather"]}]}
    gold = read_gold([_write(tmp_path, *rows, unknown)], codebook)
    assert [document.id for document, _ in gold.items] == ["a"]
    assert (gold.undecided, gold.without_gold) == (1, 2)
    (rejected,) = gold.rejected
    assert (rejected.line, "Unknown frame 'Weather'" in rejected.reason) == (5, True)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (_row("a", "ana", codebook="stance@3"), "labelled with codebook 'stance@3', but 'news-framing@1' is in use"),
        (_row("a"), "1 without gold labels or a submitted annotation"),
        (_row("a", "ana", "ben"), "1 with several submitted annotations and no gold"),
        ({"id": "a"}, "there is no 'text'"),
    ],
    ids=["other codebook", "no labels", "no agreement", "no text"],
)
def test_nothing_left_is_one_error_with_the_reason(
    tmp_path: Path, codebook: Codebook, row: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FormatError, match="no document with gold labels is left") as caught:
        read_gold([_write(tmp_path, row)], codebook)
    assert reason in str(caught.value)


def test_labels_of_a_corpus_that_are_out_of_reach_are_said(tmp_path: Path, codebook: Codebook) -> None:
    span = {"start": 10, "end": 23, "label": "Repetition", "text": "illicit bases"}
    path = _write(tmp_path, {"id": "a", "text": TEXT, "spans": [span], "labels": ["Repetition"], "meta": {}})
    gold = read_gold([path], codebook, format="ptc2020")
    assert gold.codebook.ref == "ptc2020@1"
    assert "stands for Repetition (1)" in gold.notes[0]

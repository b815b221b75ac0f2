"""Scoring as a stream: order, bounded memory, two suggesters side by side, the Python function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import annotator
from annotator.annotations import Agent, SpanSuggestion, Suggestions
from annotator.documents import Document
from annotator.errors import ClassifierError, DocumentError
from annotator.formats import Article, ReadItem, Rejected
from annotator.workflows.score import score, score_texts
from annotator.workflows.score_total import expected_articles


class _Fake:
    """Marks fixed offsets, reading ``ahead`` documents before it answers."""

    codebook = "news-framing@1"

    def __init__(self, agent: Agent, *places: tuple[int, int], ahead: int = 1) -> None:
        self.agent: Agent = agent
        self.version = f"{agent}@1"
        self.places = places
        self.ahead = ahead

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        waiting: list[Document] = []
        for document in documents:
            waiting.append(document)
            if len(waiting) == self.ahead:
                yield from map(self._answer, waiting)
                waiting = []
        yield from map(self._answer, waiting)

    def _answer(self, document: Document) -> Suggestions:
        spans = tuple(SpanSuggestion(s, e, document.text[s:e], "doubt", 0.5, agent=self.agent) for s, e in self.places)
        return Suggestions(document.id, self.agent, self.version, self.codebook, spans)


def _articles(count: int) -> Iterator[ReadItem]:
    return (Article(Document(id=f"a{n}", text="one two three four")) for n in range(count))


def test_score_keeps_order_with_suggesters_that_look_ahead_differently() -> None:
    suggesters = [_Fake("model", (0, 3), ahead=7), _Fake("lexicon", (4, 7), ahead=2)]
    records = list(score(_articles(20), suggesters))
    assert [record["id"] for record in records] == [f"a{n}" for n in range(20)]
    assert all([span["agent"] for span in record["spans"]] == ["model", "lexicon"] for record in records)


def test_score_of_two_suggesters_marks_each_place_once() -> None:
    (record,) = score(_articles(1), [_Fake("model", (0, 7)), _Fake("lexicon", (4, 9), (8, 13), (14, 18))])
    assert [(s["start"], s["agent"]) for s in record["spans"]] == [(0, "model"), (8, "lexicon"), (14, "lexicon")]
    assert record["model"] == "model@1 + lexicon@1"


def test_score_reads_no_further_than_the_suggester_looks() -> None:
    drawn: list[int] = []

    def endless() -> Iterator[ReadItem]:
        while True:
            drawn.append(len(drawn))
            yield Article(Document(id=str(len(drawn)), text="one two three four"))

    records = score(endless(), [_Fake("model", ahead=5)])
    for _ in range(12):
        next(records)
    assert len(drawn) == 15


def test_score_reports_rejections_and_goes_on() -> None:
    bad = Rejected("b.txt", None, "the text is empty.")
    told: list[Rejected] = []
    items: list[ReadItem] = [*_articles(1), bad, *_articles(1)]
    assert len(list(score(items, [_Fake("model")], on_rejected=told.append))) == 2
    assert told == [bad]


def test_score_passes_warnings_on() -> None:
    told: list[str] = []
    item = Article(Document(id="a", text="one"), name="a.txt", warnings=("read as cp1252",))
    list(score([item], [_Fake("model")], on_warning=told.append))
    assert told == ["a.txt: read as cp1252"]


@pytest.mark.parametrize(("suggesters", "minimum"), [([], None), ([_Fake("model")], 1.5)], ids=["nobody", "no share"])
def test_score_refuses_what_makes_no_sense(suggesters: list[_Fake], minimum: float | None) -> None:
    with pytest.raises(ClassifierError, match="Cannot"):
        next(score(_articles(1), suggesters, minimum=minimum))


def test_score_texts_is_the_packages_own_name() -> None:
    assert annotator.score_texts is score_texts


def test_score_texts_names_texts_by_number() -> None:
    texts: list[str | Document] = ["The regime fell.", Document(id="mine", text="The regime fell.")]
    first, second = annotator.score_texts(texts, suggester="lexicon")
    assert (first["id"], second["id"]) == ("text-1", "mine")
    assert [span["quote"] for span in first["spans"]] == ["regime"]


def test_score_texts_refuses_an_empty_text() -> None:
    with pytest.raises(DocumentError, match="text-1: the text is empty"):
        list(score_texts([" "], suggester="lexicon"))


def test_expected_articles_counts_files_and_estimates_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.jsonl").write_text('{"text": "x"}\n' * 7)
    (tmp_path / ".hidden").write_text("x")
    assert expected_articles([tmp_path]) == 8
    assert expected_articles([tmp_path, "-"]) is None

"""The model as a suggester: whole articles, in order, the same each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.annotations import LabelledSpan
from annotator.classifier.model_suggester import ModelSuggester
from annotator.codebook import Codebook
from annotator.documents import Document


@pytest.fixture
def suggester(model_folder: Path, codebook: Codebook) -> ModelSuggester:
    return ModelSuggester.load(model_folder, codebook, backend="torch-fp32")


def _documents(*texts: str) -> list[Document]:
    return [Document(id=f"d{number}", text=text) for number, text in enumerate(texts)]


def test_suggestions_name_document_agent_version_and_codebook(suggester: ModelSuggester) -> None:
    (found,) = suggester.suggest(_documents("The brutal regime."))
    assert (found.document_id, found.agent, found.agent_version, found.codebook) == (
        "d0",
        "model",
        "tiny@0.0.1",
        "news-framing@1",
    )


def test_suggested_spans_pass_every_check_of_the_codebook(suggester: ModelSuggester, codebook: Codebook) -> None:
    text = "The “stolen” oil 🪧 — said the minister, of Tōkyō.\r\nThe regime! " * 5
    (found,) = suggester.suggest(_documents(text), minimum=0.0)
    assert found.spans
    for span in found.spans:
        frames = tuple(frame.label for frame in span.frames)
        LabelledSpan(
            span.start, span.end, span.quote, span.device, frames, span.voice, span.target, span.polarity
        ).check(text, codebook)
        assert 0 <= span.probability <= 1


@given(st.text(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_any_text_gets_suggestions(suggester: ModelSuggester, text: str) -> None:
    (found,) = suggester.suggest(_documents(text), minimum=0.0)
    assert all(text[span.start : span.end] == span.quote for span in found.spans)


def test_suggestions_are_the_same_each_time(suggester: ModelSuggester) -> None:
    documents = _documents("The brutal regime stole oil.", "The town said.")
    assert list(suggester.suggest(documents, minimum=0.0)) == list(suggester.suggest(documents, minimum=0.0))


def test_suggestions_do_not_depend_on_the_neighbours(suggester: ModelSuggester) -> None:
    alone = next(suggester.suggest(_documents("The brutal regime."), minimum=0.0))
    others = _documents("The brutal regime.", "The illicit bases said the town. " * 30, "Oil.")
    beside = next(suggester.suggest(others, minimum=0.0))
    assert [(s.start, s.end, s.device) for s in beside.spans] == [(s.start, s.end, s.device) for s in alone.spans]
    assert [s.probability for s in beside.spans] == pytest.approx([s.probability for s in alone.spans], abs=1e-5)


def test_texts_without_a_token_stand_beside_others(suggester: ModelSuggester) -> None:
    texts = ["", "The brutal regime.", "\u200b", "", "Oil. " * 30, ""]
    found = list(suggester.suggest(_documents(*texts), minimum=0.0))
    assert [bool(one.frames) for one in found] == [bool(text.strip("\u200b")) for text in texts]


def test_long_article_among_short_ones_is_read_as_alone(suggester: ModelSuggester) -> None:
    texts = ["The brutal regime.", "The oil said the town. " * 4_000, "Illicit bases."]
    together = list(suggester.suggest(_documents(*texts), minimum=0.0))
    for document, found in zip(_documents(*texts), together, strict=True):
        (alone,) = suggester.suggest([document], minimum=0.0)
        assert [(s.start, s.end, s.device) for s in found.spans] == [(s.start, s.end, s.device) for s in alone.spans]
        assert [f.probability for f in found.frames] == pytest.approx([f.probability for f in alone.frames], abs=1e-5)


def test_sections_of_a_long_article_are_never_held_together(
    suggester: ModelSuggester, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    reader = suggester._reader
    read_sections = reader._read_sections
    monkeypatch.setattr(reader, "_read_sections", lambda places: held.append(len(places)) or read_sections(places))  # type: ignore[func-returns-value]
    list(suggester.suggest(_documents("The brutal regime.", "Oil.")))
    list(suggester.suggest(_documents("The brutal regime.", "The oil said the town. " * 8_000)))
    assert held[0] == 2
    assert set(held[1:]) == {1}
    assert len(held) > 3


def test_suggestions_come_in_document_order(suggester: ModelSuggester) -> None:
    texts = ["Oil. " * n for n in (40, 1, 300, 2, 0, 90)]
    found = list(suggester.suggest(_documents(*texts)))
    assert [one.document_id for one in found] == [f"d{n}" for n in range(6)]


def test_documents_are_read_as_needed(suggester: ModelSuggester) -> None:
    drawn = 0

    def endless() -> Iterator[Document]:
        nonlocal drawn
        while True:
            drawn += 1
            yield Document(id=str(drawn), text="The regime said the oil. " * 40)

    next(suggester.suggest(endless()))
    assert drawn < 200


def test_minimum_zero_reports_every_frame_with_evidence(suggester: ModelSuggester, codebook: Codebook) -> None:
    text = "The brutal regime. The town said."
    (found,) = suggester.suggest(_documents(text), minimum=0.0)
    assert {frame.label for frame in found.frames} == set(codebook.ids("frame"))
    assert [f.probability for f in found.frames] == sorted((f.probability for f in found.frames), reverse=True)
    assert all(
        text[e.start : e.end] in {"The brutal regime.", "The town said."} for f in found.frames for e in f.evidence
    )
    assert all(frame.evidence for frame in found.frames)


def test_minimum_leaves_out_what_is_less_probable(suggester: ModelSuggester) -> None:
    (everything,) = suggester.suggest(_documents("The brutal regime stole oil. " * 9), minimum=0.0)
    middle = sorted(span.probability for span in everything.spans)[len(everything.spans) // 2]
    (some,) = suggester.suggest(_documents("The brutal regime stole oil. " * 9), minimum=middle)
    assert set(some.spans) == {span for span in everything.spans if span.probability >= middle}


def test_article_of_20_000_words_is_read_whole(suggester: ModelSuggester, sentence: Callable[[int], str]) -> None:
    text = " ".join(sentence(20) for _ in range(1_000))
    (found,) = suggester.suggest(_documents(text), minimum=0.0)
    assert max(span.end for span in found.spans) > len(text) - 200
    assert found.notes == ()


def test_endless_word_is_read_whole_and_the_cuts_are_told(suggester: ModelSuggester) -> None:
    (found,) = suggester.suggest(_documents("a." * 25_000))
    assert "cut in 3 places" in found.notes[0]

"""Baselines: a phrase list, and TF-IDF with logistic regression, fitted on a few invented articles."""

from __future__ import annotations

import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.classifier.baseline import fit_baseline
from annotator.classifier.phrase_list import fit_phrases
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError
from annotator.workflows.evaluate import evaluate

LOADED = "The brutal regime kept the stolen oil.\nOfficials in town number {n} said nothing about the harvest."
PLAIN = "The council of town {n} met on Monday.\nThe price of bread rose by a tenth, the mayor said."


def _labelled(number: int) -> tuple[Document, Annotation]:
    if number % 2:
        return Document(f"d{number}", PLAIN.format(n=number)), Annotation("gold", "submitted", ("Economic",))
    text = LOADED.format(n=number)
    spans = tuple(
        LabelledSpan(text.index(quote), text.index(quote) + len(quote), quote, device, voice="own", polarity="-")
        for quote, device in (("brutal regime", "name_calling"), ("stolen oil", "presupposed_judgement"))
    )
    return Document(f"d{number}", text), Annotation("gold", "submitted", ("Political",), spans)


TRAIN, TEST = [_labelled(n) for n in range(24)], [_labelled(n) for n in range(100, 104)]


def test_phrase_list_marks_what_was_marked(codebook: Codebook) -> None:
    figures = evaluate(TEST, fit_phrases(TRAIN, codebook), codebook, samples=20)
    assert figures["spans_exact_with_device"]["f1"]["value"] == 1.0
    assert figures["voice_accuracy_on_matched"]["value"] == 1.0


def test_phrase_seldom_marked_is_not_suggested(codebook: Codebook) -> None:
    text = "The regime spoke. A regime of exercise. The old regime."
    span = LabelledSpan(4, 10, "regime", "name_calling")
    suggester = fit_phrases([(Document("a", text), Annotation("gold", spans=(span,)))], codebook)
    assert next(suggester.suggest([Document("b", text)])).spans == ()
    assert [s.probability for s in next(suggester.suggest([Document("b", text)], minimum=0.2)).spans] == [0.25] * 3


def test_phrase_at_the_very_end_of_a_text_is_found(codebook: Codebook) -> None:
    """The list knows longer phrases too, which do not fit there."""
    found = next(fit_phrases(TRAIN, codebook).suggest([Document("a", "Nobody likes the brutal regime")]))
    assert [span.quote for span in found.spans] == ["brutal regime"]
    one = "They met the regime of the stolen oil. A regime."
    spans = tuple(LabelledSpan(s, e, one[s:e], "name_calling") for s, e in ((13, 19), (13, 37), (41, 47)))
    suggester = fit_phrases([(Document("b", one), Annotation("gold", spans=spans))], codebook)
    assert [span.quote for span in next(suggester.suggest([Document("c", "The regime")], minimum=0.1)).spans] == [
        "regime"
    ]


def test_tfidf_learns_frames_phrases_and_devices(codebook: Codebook) -> None:
    pytest.importorskip("sklearn")
    figures = evaluate(TEST, fit_baseline(TRAIN, codebook), codebook, samples=20)
    assert figures["spans_partial_with_device"]["f1"]["value"] > 0.8
    assert figures["frames_micro_f1"]["value"] == 1.0


def test_tfidf_repeats_itself_and_quotes_the_text(codebook: Codebook) -> None:
    pytest.importorskip("sklearn")
    first, second = (list(fit_baseline(TRAIN, codebook).suggest([d for d, _ in TEST])) for _ in range(2))
    assert first == second
    for (document, _), found in zip(TEST, first, strict=True):
        assert all(document.text[span.start : span.end] == span.quote for span in found.spans)


def test_tfidf_without_labels_is_refused(codebook: Codebook) -> None:
    pytest.importorskip("sklearn")
    with pytest.raises(ClassifierError, match="fewer than two with a labelled phrase"):
        fit_baseline([_labelled(1), _labelled(3)], codebook)

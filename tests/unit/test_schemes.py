"""Schemes: labels of research corpora and a codebook, in both directions."""

from __future__ import annotations

import pytest

from annotator.annotations import FrameSuggestion, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.schemes import BABE, BASIL, NO_COUNTERPART, PTC2020, own_label, to_scheme, unreachable

TEXT = "illicit bases of the regime"


def _found(*devices: str, frames: tuple[str, ...] = ()) -> Suggestions:
    spans = tuple(SpanSuggestion(0, 13, TEXT[:13], device, 0.9 - i / 10) for i, device in enumerate(devices))
    listed = tuple(FrameSuggestion(frame, 0.8) for frame in frames)
    return Suggestions("d", "model", "m@1", "news-framing@1", spans, listed)


@pytest.mark.parametrize(
    ("label", "own"),
    [
        ("Loaded_Language", "loaded_language"),  # presupposed_judgement stands for it too, under another name
        ("Name_Calling,Labeling", "name_calling"),
        ("Repetition", None),
    ],
)
def test_gold_label_crosses_to_the_codebook(codebook: Codebook, label: str, own: str | None) -> None:
    assert own_label(PTC2020, "device", label, codebook) == own


def test_suggestions_cross_to_the_scheme_and_equal_ones_become_one(codebook: Codebook) -> None:
    found = to_scheme(PTC2020, _found("loaded_language", "presupposed_judgement", "doubt"), codebook)
    assert [(s.device, s.probability) for s in found.spans] == [("Loaded_Language", 0.9), ("Doubt", 0.7)]
    assert found.codebook == PTC2020.codebook().ref


def test_every_loaded_phrase_is_biased_words_and_makes_the_sentence_biased(codebook: Codebook) -> None:
    found = to_scheme(BABE, _found("doubt", frames=("Political",)), codebook)
    assert [s.device for s in found.spans] == ["BIASED_WORDS"]
    assert [(f.label, f.probability) for f in found.frames] == [("Biased", 0.9)]
    assert to_scheme(BABE, _found(frames=("Political",)), codebook).frames == ()


def test_span_without_counterpart_is_kept_under_no_label(codebook: Codebook) -> None:
    partial = Codebook("x", 1, "x", "", codebook.devices, (), crosswalks={"basil": {"doubt": ("Lexical",)}})
    found = to_scheme(BASIL, _found("doubt", "flag_waving"), partial)
    assert [s.device for s in found.spans] == ["Lexical", NO_COUNTERPART]
    assert unreachable(BASIL, partial) == ["Informational"]


def test_a_codebook_of_the_corpus_needs_no_cross_walk() -> None:
    own = PTC2020.codebook()
    assert unreachable(PTC2020, own) == []
    assert own_label(PTC2020, "device", "Slogans", own) == "Slogans"

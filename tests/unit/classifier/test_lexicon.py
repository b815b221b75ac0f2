"""The lexicon suggester: what it covers, what it leaves alone, and that its time is linear."""

from __future__ import annotations

import time

import pytest

from annotator.annotations import LabelledSpan
from annotator.classifier.base import Suggester
from annotator.classifier.lexicon import LexiconSuggester
from annotator.codebook_file import load_codebook
from annotator.documents import Document
from annotator.resources import default_codebook_path

CODEBOOK = load_codebook(default_codebook_path())
SUGGESTER = LexiconSuggester.load(default_codebook_path().parent, CODEBOOK)

COVERS = {
    "head-noun": ("the illicit American bases in the east", "illicit American bases", "presupposed_judgement"),
    "article-left-out": ("took the stolen Syrian oil abroad", "stolen Syrian oil", "presupposed_judgement"),
    "across-curly-quotes": (
        "the so-called “International Coalition”, led",
        "so-called “International Coalition”",
        "doubt",
    ),
    "across-straight-quotes": ('a so called "peace council" met', 'so called "peace council"', "doubt"),
    "name-before": ("Soldiers of the Assad regime fled.", "Assad regime", "name_calling"),
    "possessive-name": ("under Bashar al-Assad’s regime today", "Bashar al-Assad’s regime", "name_calling"),
    "capitalised": ("MILITANTS stormed the port.", "MILITANTS", "name_calling"),
    "plural": ("Two regimes signed.", "regimes", "name_calling"),
    "hyphenated": ("the pro-regime militia said", "pro-regime militia", "name_calling"),
    "name-after": ("the regime of Bashar al-Assad said", "regime of Bashar al-Assad", "name_calling"),
    "group-noun": ("a terrorist group claimed it", "terrorist group", "name_calling"),
    "stops-at-the-plural-head": ("Their brutal raids shook villages.", "brutal raids", "loaded_language"),
    "verb": ("The union slammed the plan.", "slammed", "loaded_language"),
    "own-words": ("In cold blood, they said.", "In cold blood", "presupposed_judgement"),
}


@pytest.mark.parametrize(("text", "quote", "device"), COVERS.values(), ids=COVERS.keys())
def test_matches_covers_the_loaded_phrase(text: str, quote: str, device: str) -> None:
    found = [(text[m.span.start : m.span.end], m.entry.device) for m in SUGGESTER.matches(text)]
    assert (quote, device) in found


LEAVES_ALONE = {
    "neutral": "The Syrian government and the rebels signed a treaty on water on Tuesday.",
    "plain-names": "Islamic State and the Democratic Party are names of organisations.",
    "ceasefire-regime": "The ceasefire regime held for a week.",
    "regime-change": "They spoke of regime change.",
    "forbidden-next-word": "The criminal trial opened on Monday.",
    "fierce-clashes": "Fierce clashes went on near the dam.",
    "legal-term": "He wrote on illegal immigration.",
    "inside-a-word": "The regiment marched past the thuggery museum.",
    "over-a-line-break": "so-called\nCouncil",
    "tank-explosive": "Police found an improvised explosive device.",
}


@pytest.mark.parametrize("text", LEAVES_ALONE.values(), ids=LEAVES_ALONE.keys())
def test_matches_leaves_plain_wording_alone(text: str) -> None:
    assert [text[m.span.start : m.span.end] for m in SUGGESTER.matches(text)] == []


def test_matches_keeps_the_longest_of_overlapping_entries() -> None:
    text = "The Assad regime forces left."
    assert [text[m.span.start : m.span.end] for m in SUGGESTER.matches(text)] == ["Assad regime forces"]


def test_suggest_fills_every_label() -> None:
    text = "🪧 The paper called it a brutal regime in Damascus."
    suggester: Suggester = SUGGESTER
    (suggestions,) = suggester.suggest([Document("a", text)], minimum=0.0)
    assert (suggestions.agent, suggestions.agent_version, suggestions.codebook) == (
        "lexicon",
        "news-framing-lexicon@1",
        "news-framing@1",
    )
    for span in suggestions.spans:
        assert text[span.start : span.end] == span.quote
        assert span.rule
        assert 0 < span.probability < 1
        frames = tuple(frame.label for frame in span.frames)
        LabelledSpan(
            span.start, span.end, span.quote, span.device, frames, span.voice, span.target, span.polarity
        ).check(text, CODEBOOK)
    assert suggestions.spans


def test_suggest_keeps_to_the_minimum() -> None:
    text = "The regime in Damascus called it a historic triumph; thugs came with a bombshell."
    lowest = [next(SUGGESTER.suggest([Document("a", text)], minimum=p)) for p in (0.0, 0.5, 1.0)]
    assert len(lowest[0].spans) > len(lowest[1].spans) > len(lowest[2].spans) == 0
    default = next(SUGGESTER.suggest([Document("a", text)]))
    assert all(span.probability >= SUGGESTER.lexicon.threshold for span in default.spans)


def test_suggest_is_lazy_and_keeps_order() -> None:
    documents = iter([Document("a", "The regime fell."), Document("b", "Nothing.")])
    stream = SUGGESTER.suggest(documents)
    assert next(stream).document_id == "a"
    assert next(documents).id == "b"


HEAVY = {
    "dots": "a." * 500_000,
    "one-word": "y" * 1_000_000,
    "quotation-marks": '"' * 300_000,
    "single-marks": "'a " * 100_000,
    "names": "Aa " * 100_000,
    "matches": "the regime " * 30_000,
    "half-matches": "so called " * 30_000,
    "posts": "— a (@b)\n" * 100_000 + "The regime fell.",
    "reported": "He said that. " * 40_000 + "The regime fell.",
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY.keys())
def test_suggest_takes_heavy_text_in_linear_time(text: str) -> None:
    begun = time.process_time()
    next(SUGGESTER.suggest([Document("heavy", text)]))
    assert time.process_time() - begun < 10, "1 MB takes about 2 s of an idle core; quadratic time would take minutes"


def test_equal_lexicons_share_what_they_found() -> None:
    other = LexiconSuggester.load(default_codebook_path().parent, CODEBOOK)
    text = "The regime and its thugs fell."
    assert other is not SUGGESTER
    assert other.matches(text)[0] is SUGGESTER.matches(text)[0]

"""Whom a phrase evaluates, and for or against."""

from __future__ import annotations

import pytest

from annotator.classifier.target import propose_target
from annotator.spans import Span

CASES = {
    "regime-named": ("Soldiers of the [Assad regime] shelled the town.", "name_calling", "Syrian government", "-"),
    "regime-of-a-country": ("The [Iranian regime] closed the strait.", "name_calling", "Iranian government", "-"),
    "regime-alone": (
        "Damascus sent troops. Syria closed its border. The [regime] denied it.",
        "name_calling",
        "Syrian government",
        "-",
    ),
    "adjective": ("The [illicit American bases] stand empty.", "presupposed_judgement", "United States", "-"),
    "pronoun-is-no-country": ("He told us of a [heinous] plan by Iran.", "loaded_language", "Iran", "-"),
    "group-inside": ("Jets hit [Daesh terrorists] at dawn.", "name_calling", "Islamic State", "-"),
    "group-near": ("ISIS holds the dam. The [militants] fled.", "name_calling", "Islamic State", "-"),
    "short-alias-in-capitals": ("It is late, and [militants] of IS fled.", "name_calling", "Islamic State", "-"),
    "robbed-not-blamed": (
        "The United States sells [stolen Syrian oil] abroad.",
        "presupposed_judgement",
        "United States",
        "-",
    ),
    "criticised-after-the-verb": ("Republicans [slammed] Joe Biden over tolls.", "loaded_language", "Joe Biden", "-"),
    "surname-filled-up": (
        "Maria Kolb spoke first. Then the crowd heard Kolb and her [reckless] plan.",
        "loaded_language",
        "Maria Kolb",
        "-",
    ),
    "praise": ("The police praised the [heroic] Republicans.", "loaded_language", "Republicans", "+"),
    "flag-waving": ("For [our great nation], said Barack Obama.", "flag_waving", "Barack Obama", "+"),
    "doubt-stays-against": ("The [so-called heroes] of Hamas left.", "doubt", "Hamas", "-"),
    "nobody": ("It was a [brutal] winter.", "loaded_language", "", "-"),
}


@pytest.mark.parametrize(("marked", "device", "target", "polarity"), CASES.values(), ids=CASES.keys())
def test_propose_target(marked: str, device: str, target: str, polarity: str) -> None:
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    assert propose_target(text, Span(start, end), device) == (target, polarity)


@pytest.mark.parametrize(
    ("headline", "quote", "target"),
    [
        ("Ildresh Strangles Neighbours in Brazen Act of Water Aggression", "Brazen Act of Water Aggression", ""),
        ("Syria Slams Brazen American Aggression Against Neighbours", "Brazen American Aggression", "United States"),
    ],
    ids=["capitals say nothing", "known names do"],
)
def test_words_of_a_headline_in_title_case_are_no_names(headline: str, quote: str, target: str) -> None:
    start = headline.index(quote)
    assert propose_target(headline, Span(start, start + len(quote)), "presupposed_judgement")[0] == target

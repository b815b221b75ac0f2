"""Who speaks: quotation marks, reporting verbs, scare quotes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.classifier import voice
from annotator.classifier.quotes import quoted_ranges
from annotator.classifier.voice import propose_voice, voice_ranges
from annotator.spans import Span

QUOTES = {
    "curly": "He said “not now” and left.",
    "straight": 'He said "not now" and left.',
    "guillemets": "Il dit «not now» et partit.",
    "single-curly": "He said ‘not now’ and left.",
    "single-straight": "He said 'not now' and left.",
}


@pytest.mark.parametrize("text", QUOTES.values(), ids=QUOTES.keys())
def test_quoted_ranges_leaves_the_marks_out(text: str) -> None:
    assert [text[span.start : span.end] for span in quoted_ranges(text)] == ["not now"]


UNQUOTED = {
    "apostrophes": "The workers’ union didn't pay the boys’ fines.",
    "inches": 'A 5" pipe and a 7" pipe burst.',
    "decade": "In the '90s the party's share fell.",
    "none": "Nobody spoke.",
}


@pytest.mark.parametrize("text", UNQUOTED.values(), ids=UNQUOTED.keys())
def test_quoted_ranges_sees_no_quotation(text: str) -> None:
    assert quoted_ranges(text) == []


def quoted(text: str) -> list[str]:
    return [text[span.start : span.end] for span in quoted_ranges(text)]


def test_quoted_ranges_go_on_over_paragraphs() -> None:
    assert quoted("“One. Two.\n\n“Three. Four,” she said.") == ["One. Two.", "Three. Four,"]


def test_quoted_ranges_stop_an_unclosed_quotation_at_its_sentence() -> None:
    assert quoted("He said “no more. The town slept.\n\nDay came.") == ["no more."]


def test_quoted_ranges_keep_a_nested_quotation_whole() -> None:
    assert quoted("“They call us ‘thugs’ here,” she said.") == ["They call us ‘thugs’ here,"]


def test_quoted_ranges_believe_the_later_of_two_opening_marks() -> None:
    assert quoted("A “stray mark, then “a real one” here.") == ["a real one"]


VOICE = {
    "own": ("The [brutal] raid lasted until noon.", "own"),
    "quoted": ("“It was a [brutal raid],” said the baker.", "quoted"),
    "quoted-straight": ('"It was a [brutal raid]," said the baker.', "quoted"),
    "said-that": ("The minister said that [cowardly bandits] had set the barn on fire.", "attributed"),
    "said-no-that": ("The ministry said [terrorists] shelled the town.", "attributed"),
    "accused": ("The party accused the mayor of [shameless] favours.", "attributed"),
    "according-to": ("According to the union, the [cruel new rota] leaves nobody a free Sunday.", "attributed"),
    "according-last": ("The [brutal] rota starts in May, according to the union.", "attributed"),
    "said-last": ("The [militants] fled over the river before dawn on Friday, a monitor said.", "attributed"),
    "said-by-name": ("The [militants] fled over the river before dawn, said Rami Haddad, a nurse.", "attributed"),
    "said-by-somebody-described": (
        "The [militants] fled over the river before dawn, said Rami Haddad, who has run the small clinic by the dam "
        "for eleven years.",
        "attributed",
    ),
    "before-the-verb": ("The [brutal] governor said that taxes would rise next year for all.", "own"),
    "claimed-responsibility": ("The group claimed responsibility for the [vicious] blast.", "own"),
    "after-a-quotation": ("“Go home,” the guard said in the [squalid] hall.", "own"),
    "scare-quotes": ("The [“experts”] of the committee have never seen a mine.", "own"),
    "so-called": ("The [so-called “International Council of Elders”] met.", "own"),
    "quoted-word": ("The minister spoke of [“cowardly bandits”] in the hills.", "quoted"),
    "lost-marks": ("The observatory said [regime jets] struck the market killing nine people", "attributed"),
    "headline-speaker": ("Haddad: [Heinous crime] will not go unpunished\n\nThe mayor spoke.", "attributed"),
    "embedded-post": ("What a [disgrace]! — Ana Moss (@anamoss) May 3, 2021", "attributed"),
    "as-noun": ("The report by the [so-called peace council] ran to nine pages.", "own"),
}  # fmt: skip


@pytest.mark.parametrize(("marked", "expected"), VOICE.values(), ids=VOICE.keys())
def test_propose_voice(marked: str, expected: str) -> None:
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    assert propose_voice(text, Span(start, end)) == expected


def test_voice_ranges_are_in_order_and_do_not_overlap() -> None:
    text = "Ana said that “all is well” there. According to Bo, it is not. “No,” she added."
    ranges = [span for span, _ in voice_ranges(text)]
    assert len(ranges) >= 4
    assert all(one.end <= other.start for one, other in itertools.pairwise(ranges))


SPEECH = ["said", "Said", "says that", "claimed that", "claims", "pointed out", "warning of", "re-said", "said Rami"]


@given(st.lists(st.sampled_from([*SPEECH, *"²x .“\n"]), max_size=12).map(" ".join))
def test_verbs_of_speech_are_looked_for_wherever_they_can_be(text: str) -> None:
    places = [match.start() for match in voice._MAYBE_SAID.finditer(text)]
    for pattern in (voice._SAID, voice._SAID_BY):
        found = [match.span() for match in voice._matches(pattern, text, places, len(text))]
        assert found == [match.span() for match in pattern.finditer(text)]

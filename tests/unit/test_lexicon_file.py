"""Reading lexicon files and their patterns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.codebook_file import load_codebook
from annotator.errors import CodebookError
from annotator.lexicon_file import PRIOR, Lexicon, load_lexicon
from annotator.patterns import MAX_SEQUENCES, PatternError, parse_pattern, tokenise, word_trie
from annotator.resources import default_codebook_path

CODEBOOK = load_codebook(default_codebook_path())
SMALL = """\
format: 1
id: small-lexicon
version: 2
codebook: news-framing
threshold: 0.4
names: [brutal art museum]
entries:
  - {pattern: "(brutal|vile) {NP?}", device: loaded_language, frames: [Morality], unless_next: [truth]}
  - {pattern: thugs, device: name_calling, frames: [Political], polarity: "-", target: police, probability: 0.75}
"""

PATTERNS = {
    "words": ("power grab", {("power", "grab")}),
    "alternatives": ("(a|b c) d", {("a", "d"), ("b", "c", "d")}),
    "optional": ("[very] bad", {("very", "bad"), ("bad",)}),
    "hyphen": ("regime-held", {("regime", "-", "held")}),
    "optional-hyphen": ("so[-]called", {("so", "-", "called"), ("so", "called")}),
    "stem": ("terror* cell", {("terror*", "cell")}),
    "nested": ("(a [b]|c)", {("a", "b"), ("a",), ("c",)}),
    "capitals-folded": ("Deep State", {("deep", "state")}),
    "curly-apostrophe": ("people’s", {("people", "'", "s")}),
}


@pytest.mark.parametrize(("pattern", "words"), PATTERNS.values(), ids=PATTERNS.keys())
def test_parse_pattern_unfolds(pattern: str, words: set[tuple[str, ...]]) -> None:
    assert {sequence.words for sequence in parse_pattern(pattern)} == words


def test_parse_pattern_reads_slots_at_the_ends() -> None:
    (sequence,) = parse_pattern("{NAME?} regime of {NAME}")
    assert (sequence.before, sequence.words, sequence.after) == ("NAME?", ("regime", "of"), "NAME")


BAD_PATTERNS = {
    "unclosed": ("(a|b", "without its closing bracket"),
    "unopened": ("a) b", "closes nothing"),
    "wrong-bracket": ("(a]", "without its closing bracket"),
    "slot-in-the-middle": ("a {NP} b", "in the middle"),
    "np-at-the-start": ("{NP} a", "in the middle"),
    "unknown-slot": ("a {VP}", "expected {NP}"),
    "short-stem": ("ab*", "at least 3 letters"),
    "only-a-slot": ("{NAME}", "expected"),
    "only-optional": ("[a]", "0 words"),
    "regular-expression": (r"\d+", "expected words"),
    "unfolds-too-far": ("(a|b|c|d|e)" * 6, f"more than {MAX_SEQUENCES} sequences"),
}


@pytest.mark.parametrize(("pattern", "said"), BAD_PATTERNS.values(), ids=BAD_PATTERNS.keys())
def test_parse_pattern_refuses(pattern: str, said: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(pattern)
    assert said in str(caught.value)


def test_tokenise_keeps_offsets_and_folds_case_and_quotes() -> None:
    text = "“So-Called” 🪧 café"
    tokens = tokenise(text)
    assert [token.form for token in tokens] == ['"', "so", "-", "called", '"', "🪧", "café"]
    assert [text[token.start : token.end] for token in tokens] == ["“", "So", "-", "Called", "”", "🪧", "café"]


@given(st.lists(st.text("aeinst", max_size=5), min_size=1, max_size=12), st.text("aeinst", max_size=6))
def test_word_trie_reads_the_words_and_nothing_else(words: list[str], other: str) -> None:
    trie = re.compile(word_trie(words))
    assert all(trie.fullmatch(word) for word in words)
    assert bool(trie.fullmatch(other)) == (other in words)


def parse(source: str, tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.yaml"
    path.write_text(source, encoding="utf-8")
    return load_lexicon(path.parent, CODEBOOK)


def test_load_lexicon_reads_every_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    lexicon = parse(SMALL, tmp_path_factory)
    assert (lexicon.ref, lexicon.threshold, lexicon.names) == ("small-lexicon@2", 0.4, (("brutal", "art", "museum"),))
    brutal, thugs = lexicon.entries
    assert (brutal.probability, brutal.polarity, brutal.target, brutal.line) == (PRIOR, None, None, 8)
    assert brutal.unless_next == {"truth"}
    assert (thugs.probability, thugs.polarity, thugs.target) == (0.75, "-", "police")


BROKEN = {
    "other-codebook": ("codebook: news-framing", "codebook: other", 4, "a lexicon for codebook 'other'"),
    "unknown-device": ("device: name_calling", "device: name_caling", 9, "Did you mean 'name_calling'?"),
    "unknown-frame": ("frames: [Political]", "frames: [Politics]", 9, "Did you mean 'Political'?"),
    "no-frames": ("frames: [Political]", "frames: []", 9, "an empty list"),
    "too-many-frames": ("frames: [Political]", "frames: [Political, Morality, Economic]", 9, "at most 2"),
    "unknown-polarity": ('polarity: "-"', "polarity: minus", 9, "one of -, +, 0"),
    "probability-above-1": ("probability: 0.75", "probability: 75", 9, "a number from 0 to 1"),
    "probability-text": ("probability: 0.75", "probability: high", 9, "a number from 0 to 1"),
    "probability-nan": ("probability: 0.75", "probability: .nan", 9, "a number from 0 to 1"),
    "bad-pattern": ("pattern: thugs", 'pattern: "(thugs"', 9, "without its closing bracket"),
    "unknown-key": ("target: police", "targets: police", 9, "Did you mean 'target'?"),
    "no-entries": ("entries:\n", "entries: []\nextra:\n", 9, "extra"),
}


@pytest.mark.parametrize(("old", "new", "line", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_load_lexicon_names_line_and_problem(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str, line: int, said: str
) -> None:
    assert old in SMALL
    with pytest.raises(CodebookError) as caught:
        parse(SMALL.replace(old, new), tmp_path_factory)
    assert f"line {line}: found" in str(caught.value) or said == "extra"
    assert said in str(caught.value)


def test_shipped_lexicon_has_enough_entries_for_every_device() -> None:
    lexicon = load_lexicon(default_codebook_path().parent, CODEBOOK)
    assert len(lexicon.entries) >= 150
    assert {entry.device for entry in lexicon.entries} == set(CODEBOOK.ids("device"))
    assert all(entry.polarity for entry in lexicon.entries)
    patterns = [entry.pattern for entry in lexicon.entries]
    assert len(set(patterns)) == len(patterns)

"""The lexicon, voice and target rules against labelled articles that are not part of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.voice import propose_voice
from annotator.codebook_file import load_codebook
from annotator.documents import Document
from annotator.resources import default_codebook_path
from annotator.spans import Span

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
SEEDS, CORPUS = SHARED / "seeds", SHARED / "data" / "news_framing.jsonl"

needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="the shared articles are not here")
needs_corpus = pytest.mark.skipif(not CORPUS.is_file(), reason="the shared corpus is not here")


@needs_seeds
def test_lexicon_finds_the_issues_own_examples() -> None:
    suggester = LexiconSuggester.load(default_codebook_path().parent, load_codebook(default_codebook_path()))
    found = []
    for path in sorted(SEEDS.glob("*.txt")):
        text = path.read_bytes().decode("utf-8")
        found += [(s.quote, s.voice) for s in next(suggester.suggest([Document(path.name, text)])).spans]
    assert ("illicit American bases", "own") in found
    assert ("stolen Syrian oil", "own") in found
    assert ("regime forces", "quoted") in found


@needs_corpus
def test_voice_rules_agree_with_the_labels_of_most_spans() -> None:
    right = total = 0
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        document: dict[str, Any] = json.loads(line)
        for span in document["annotations"][0]["spans"]:
            right += propose_voice(document["text"], Span(span["start"], span["end"])) == span["voice"]
            total += 1
    assert right / total >= 0.87, "measured 0.883 when the rules were written"

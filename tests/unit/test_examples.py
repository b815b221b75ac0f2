"""The example project: complete, consistent with its sources, and annotated by the codebook's rules."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.codebook import Codebook
from annotator.errors import AnnotatorError
from annotator.segments import count_words
from annotator.spans import Span

Record = dict[str, Any]
PARTISAN = ("Channel Vostrela", "The Unbowed Lantern")


@pytest.fixture(scope="session")
def examples(repository: Path) -> Path:
    return repository / "examples"


@pytest.fixture(scope="session")
def build(examples: Path) -> Callable[[Path], str]:
    """The function of ``examples/build_corpus.py``, which is a script beside the data and not in the package."""
    spec = importlib.util.spec_from_file_location("build_corpus", examples / "build_corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[Path], str] = module.build
    return function


@pytest.fixture(scope="session")
def corpus(examples: Path) -> list[Record]:
    return [json.loads(line) for line in (examples / "corpus.jsonl").read_text(encoding="utf-8").split("\n") if line]


def test_corpus_is_what_the_sources_build(examples: Path, build: Callable[[Path], str]) -> None:
    assert (examples / "corpus.jsonl").read_bytes() == build(examples).encode("utf-8"), (
        "corpus.jsonl is stale: run python examples/build_corpus.py"
    )


def test_corpus_tells_three_events_by_the_same_four_outlets(corpus: list[Record]) -> None:
    outlets_of: dict[str, set[str]] = {}
    for record in corpus:
        outlets_of.setdefault(record["event"], set()).add(record["outlet"])
    assert len(corpus) == 12
    assert len(outlets_of) == 3
    assert all(len(outlets) == 4 for outlets in outlets_of.values())
    assert len(set.union(*outlets_of.values())) == 4


def test_articles_have_the_length_of_news(corpus: list[Record]) -> None:
    lengths = {record["id"]: count_words(record["text"]) for record in corpus}
    assert {name: words for name, words in lengths.items() if not 300 <= words <= 700} == {}


def test_articles_start_with_their_title_and_lie_on_example_org(corpus: list[Record]) -> None:
    for record in corpus:
        assert record["text"].startswith(record["title"] + "\n\n"), record["id"]
        assert ".example.org/" in record["url"], record["id"]


def test_annotations_follow_the_codebook(corpus: list[Record], codebook: Codebook) -> None:
    for record in corpus:
        assert record["offset_unit"] == "codepoint"
        assert record["codebook"] == codebook.ref
        for entry in record["annotations"]:
            spans = tuple(LabelledSpan.from_record(span) for span in entry["spans"])
            Annotation(entry["annotator"], entry["status"], tuple(entry["frames"]), spans).check(
                record["text"], codebook
            )
            assert entry["frames"], record["id"]
            for span in spans:
                assert span.frames, (record["id"], span.quote)
                assert span.voice, (record["id"], span.quote)
                assert span.target is not None, (record["id"], span.quote)
                assert span.polarity, (record["id"], span.quote)
                assert (span.polarity == "0") == (span.target == ""), (record["id"], span.quote)


def test_two_annotators_share_at_least_six_articles(corpus: list[Record]) -> None:
    names = Counter(entry["annotator"] for record in corpus for entry in record["annotations"])
    assert names["ana"] == 12
    assert names["ben"] >= 6


def test_annotators_disagree_but_not_wildly(corpus: list[Record]) -> None:
    """Identical annotations would demonstrate nothing; the two agree on most phrases."""
    both = shared = 0
    for record in corpus:
        marked = [
            {(span["start"], span["end"], span["device"]) for span in entry["spans"]} for entry in record["annotations"]
        ]
        if len(marked) == 2:
            both += len(marked[0]) + len(marked[1])
            shared += 2 * len(marked[0] & marked[1])
    assert 0.6 <= shared / both <= 0.9


def test_partisan_outlets_are_more_loaded_than_the_agency(corpus: list[Record]) -> None:
    for record in corpus:
        spans = len(record["annotations"][0]["spans"])
        if record["outlet"] in PARTISAN:
            assert 8 <= spans <= 22, record["id"]
        else:
            assert spans <= 4, record["id"]


@pytest.mark.parametrize(
    "wanted",
    ["“", '"', "✊🏽", "💧", "e\u0301", "سمير"],
    ids=["curly quote", "straight quote", "emoji of two code points", "emoji", "decomposed accent", "Arabic name"],
)
def test_texts_keep_their_typographic_traps(corpus: list[Record], wanted: str) -> None:
    assert any(wanted in record["text"] for record in corpus)


def test_some_spans_nest_and_some_cross(corpus: list[Record]) -> None:
    nested = crossing = 0
    for record in corpus:
        for entry in record["annotations"]:
            for one, other in combinations([Span(span["start"], span["end"]) for span in entry["spans"]], 2):
                if one.contains(other) or other.contains(one):
                    nested += 1
                elif one.overlaps(other):
                    crossing += 1
    assert nested >= 3
    assert crossing >= 1


def test_build_names_the_file_and_the_quote_that_is_not_in_the_article(
    examples: Path, build: Callable[[Path], str], tmp_path: Path
) -> None:
    for kind in ("articles", "annotations"):
        shutil.copytree(examples / kind, tmp_path / kind)
    broken = tmp_path / "annotations" / "hadrun-dam--tavenor-wire.yaml"
    source = broken.read_text(encoding="utf-8")
    broken.write_text(source.replace('"flagrant breach of a treaty"', '"flagrant bread"', 1), encoding="utf-8")
    with pytest.raises(
        AnnotatorError, match=r"hadrun-dam--tavenor-wire\.yaml, ana: the article does not have 'flagrant"
    ):
        build(tmp_path)


def test_build_refuses_an_article_without_annotations(
    examples: Path, build: Callable[[Path], str], tmp_path: Path
) -> None:
    for kind in ("articles", "annotations"):
        shutil.copytree(examples / kind, tmp_path / kind)
    (tmp_path / "annotations" / "hadrun-dam--tavenor-wire.yaml").unlink()
    with pytest.raises(AnnotatorError, match="one is missing for"):
        build(tmp_path)

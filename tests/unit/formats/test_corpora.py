"""Research corpora: labels as they are or crossed to a codebook, and what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.formats import FORMATS, Article, ReadOptions, Rejected, Source, read_source
from annotator.formats.corpora import SAMPLES

TEXT = "They keep illicit bases."


def _read(name: str, *, codebook: Codebook | None = None, **changes: Any) -> Article | Rejected:
    row = json.loads(SAMPLES[name]) | changes
    content = json.dumps(row).encode()
    (item,) = read_source(Source("rows", content=content), options=ReadOptions(codebook=codebook), format=name)
    return item


def _article(name: str, *, codebook: Codebook | None = None, **changes: Any) -> Article:
    item = _read(name, codebook=codebook, **changes)
    assert isinstance(item, Article), item
    return item


def _span(label: str, **more: str) -> dict[str, Any]:
    return {"start": 10, "end": 23, "label": label, "text": "illicit bases", **more}


def test_labels_stay_as_the_corpus_spells_them() -> None:
    gold = _article("ptc2020", spans=[_span("Name_Calling,Labeling"), _span("Repetition")]).gold
    assert gold is not None
    assert [span.device for span in gold.spans] == ["Name_Calling,Labeling", "Repetition"]


def test_with_a_codebook_labels_cross_and_the_rest_is_counted(codebook: Codebook) -> None:
    spans = [_span("Name_Calling,Labeling"), _span("Repetition"), _span("Repetition")]
    article = _article("ptc2020", codebook=codebook, spans=spans)
    assert article.gold is not None
    assert [span.device for span in article.gold.spans] == ["name_calling"]
    assert article.warnings == ("2 × 'Repetition' left out: codebook 'news-framing@1' has nothing like it.",)


def test_sentence_the_experts_did_not_agree_on_has_no_gold() -> None:
    article = _article("babe", labels=["No agreement"])
    assert article.gold is None
    assert article.warnings == ("no label read: No agreement.",)


def test_sentence_called_unbiased_has_gold_without_labels() -> None:
    gold = _article("babe", labels=["Non-biased"], spans=[]).gold
    assert gold is not None
    assert (gold.frames, gold.spans) == ((), ())


def test_basil_keeps_target_polarity_quotation_story_and_fold() -> None:
    span = _span("Lexical", target="Jane_Roe", polarity="neg", quote="yes")
    article = _article("basil", spans=[span])
    assert article.gold is not None
    (kept,) = article.gold.spans
    assert (kept.target, kept.polarity, kept.voice) == ("Jane Roe", "-", "quoted")
    assert article.gold.frames == ("stance:center",)
    assert (article.document.metadata["triplet"], article.document.metadata["fold"]) == ("t1", "3")
    assert article.document.published == "2023-08-29"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spans": [_span("Sarcasm")]}, "Unknown label 'Sarcasm'"),
        ({"spans": [_span("Doubt") | {"text": "x"}]}, "quote"),
        ({"spans": None}, "'spans' is null"),
        ({"spans": ["x"]}, "a span is a JSON string"),
        ({"text": 3}, "'text' is number"),
    ],
    ids=["unknown label", "other quote", "no list", "no object", "no text"],
)
def test_row_that_does_not_fit_is_rejected_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    item = _read("ptc2020", **changes)
    assert isinstance(item, Rejected)
    assert reason in item.reason


@pytest.mark.parametrize("name", ["ptc2020", "babe", "basil"])
def test_codebook_of_the_benchmark_holds_every_label(name: str, repository: Path) -> None:
    own = load_codebook(repository / "benchmarks" / "quality" / "codebooks" / f"{name}.yaml")
    article = _article(name, codebook=own)
    assert article.warnings == ()
    assert article.gold is not None
    article.gold.check(article.document.text, own)


@pytest.mark.parametrize(("name", "rows"), [("ptc2020", 446), ("babe", 3674), ("basil", 300)])
def test_shared_corpus_is_read_whole(name: str, rows: int, shared: Path) -> None:
    path = shared / "data" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("no such corpus here")
    items = list(FORMATS[name].read(Source(path.name, path=path), ReadOptions()))
    assert len(items) == rows
    assert not [item for item in items if isinstance(item, Rejected)]

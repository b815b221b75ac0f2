"""Scoring a datasets.Dataset: rows stay, records are added, bad rows say why, and the cache knows what changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import annotator
from annotator.codebook import Codebook
from annotator.errors import AnnotatorError, ClassifierError, FormatError
from annotator.workflows import score_dataset as module
from annotator.workflows.score import score
from annotator.workflows.score_dataset import score_dataset

datasets = pytest.importorskip("datasets")

TEXTS = ["The puppet regime fell.", "Talks went on.", "Their illicit bases and the puppet regime."]


@pytest.fixture(autouse=True)
def _quiet() -> None:
    datasets.disable_progress_bars()


@pytest.fixture
def stored(tmp_path: Path) -> Any:
    """A dataset that lies on disk, so that results are cached beside it."""
    datasets.Dataset.from_dict({"text": TEXTS}).save_to_disk(tmp_path / "stored")
    return datasets.load_from_disk(tmp_path / "stored")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each batch that was scored, not read from the cache."""
    made: list[int] = []

    def counted(articles: Any, *arguments: Any, **options: Any) -> Any:
        made.append(len(articles))
        return score(articles, *arguments, **options)

    monkeypatch.setattr(module, "score", counted)
    return made


def test_score_dataset_is_the_packages_own_name() -> None:
    assert annotator.score_dataset is score_dataset
    assert "score_dataset" in annotator.__all__


def test_rows_get_the_records_of_score_texts(stored: Any) -> None:
    scored = score_dataset(stored, suggester="lexicon")
    records = list(annotator.score_texts(TEXTS, suggester="lexicon"))
    assert scored.column_names[0] == "text"
    assert scored["text"][:] == TEXTS
    assert scored["id"][:] == ["row-0", "row-1", "row-2"]
    assert scored["error"][:] == [None] * 3
    for row, record in zip(scored, records, strict=True):
        assert {name: row[name] for name in record} == {**record, "id": row["id"]}


def test_features_do_not_depend_on_the_rows() -> None:
    def features(texts: list[str | None]) -> Any:
        return score_dataset(datasets.Dataset.from_dict({"text": texts}), suggester="lexicon").features

    some = features([*TEXTS])
    assert features(["Talks went on."]) == some
    assert features([""]) == some
    assert some["spans"].feature["probability"] == datasets.Value("float64")


def test_a_dataset_without_rows_gets_the_columns_too() -> None:
    empty = datasets.Dataset.from_dict({"text": []}, features=datasets.Features({"text": datasets.Value("string")}))
    scored = score_dataset(empty, suggester="lexicon")
    assert len(scored) == 0
    assert scored.features == score_dataset(datasets.Dataset.from_dict({"text": ["x"]}), suggester="lexicon").features


def test_rows_that_cannot_be_scored_say_why_and_the_others_are_scored(monkeypatch: pytest.MonkeyPatch) -> None:

    def fragile(articles: Any, *arguments: Any, **options: Any) -> Any:
        if any("poison" in article.document.text for article in articles):
            raise ValueError("no such word")
        return score(articles, *arguments, **options)

    monkeypatch.setattr(module, "score", fragile)
    texts = [TEXTS[0], None, " \n", "poison", "x\0", TEXTS[2]]
    scored = score_dataset(datasets.Dataset.from_dict({"text": texts}), suggester="lexicon")
    errors = scored["error"][:]
    assert [bool(error) for error in errors] == [False, True, True, True, True, False]
    assert errors[1] == "the text is null; expected a string."
    assert errors[2].startswith("the text is empty.")
    assert errors[3] == "it cannot be scored: ValueError: no such word"
    assert (scored[1]["spans"], scored[1]["summary"], scored[1]["text_sha256"]) == ([], None, None)
    assert scored[5]["spans"]
    assert scored["text"][:] == texts


def test_columns_of_the_dataset_stay_as_they_are() -> None:
    given: dict[str, list[Any]] = {
        "id": [7],
        "body": TEXTS[:1],
        "published": [date(2023, 8, 29)],
        "outlet": ["Herald"],
        "extra": [[1, 2]],
    }
    scored = score_dataset(datasets.Dataset.from_dict(given), text_column="body", suggester="lexicon")
    row = scored[0]
    assert {name: row[name] for name in given} == {name: values[0] for name, values in given.items()}
    assert row["title"] is None
    named = score_dataset(
        datasets.Dataset.from_dict({"text": TEXTS, "key": [3, 4, 5]}), id_column="key", suggester="lexicon"
    )
    assert named["id"][:] == ["3", "4", "5"]


def test_a_second_call_is_answered_from_the_cache(stored: Any, calls: list[int]) -> None:
    first = score_dataset(stored, suggester="lexicon")
    second = score_dataset(stored, suggester="lexicon")
    assert calls == [3]
    assert second._fingerprint == first._fingerprint
    assert second[:] == first[:]
    assert second.features == first.features
    score_dataset(stored, suggester="lexicon", use_cache=False)
    assert calls == [3, 3]


def changed_threshold(*_: Any) -> dict[str, Any]:
    return {"threshold": 0.9}


def changed_codebook(codebook: Codebook, _: pytest.MonkeyPatch) -> dict[str, Any]:
    return {"codebook": replace(codebook, description="Others")}


def changed_version(_: Codebook, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    patch.setattr(module, "__version__", "99")
    return {}


def changed_lexicon(_: Codebook, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    patch.setattr(module, "find_lexicon", lambda book: Path(__file__))
    return {}


@pytest.mark.parametrize("change", [changed_threshold, changed_codebook, changed_version, changed_lexicon])
def test_what_changes_a_record_is_scored_anew(
    stored: Any,
    calls: list[int],
    codebook: Codebook,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[..., dict[str, Any]],
) -> None:
    before = score_dataset(stored, suggester="lexicon")
    after = score_dataset(stored, suggester="lexicon", **change(codebook, monkeypatch))
    assert calls == [3, 3]
    assert before._fingerprint != after._fingerprint


def test_the_cache_tells_weights_and_backends_apart(tmp_path: Path) -> None:
    class Model:
        agent, version, backend = "model", "m@1", "torch-fp32"

    (tmp_path / "config.json").write_text('{"model_type": "framing-annotator"}')
    (tmp_path / "model.safetensors").write_bytes(b"1")

    def identity(model: Any) -> list[str]:
        return module._identity(model, tmp_path, None)

    first = identity(Model())
    assert identity(Model()) == first
    model = Model()
    model.backend = "openvino"
    assert identity(model) != first
    (tmp_path / "model.safetensors").write_bytes(b"2")
    assert identity(Model()) != first


@pytest.mark.parametrize(
    ("columns", "options", "reason"),
    [
        ({"body": ["x"]}, {}, "no column 'text'; it has body"),
        ({"text": ["x"]}, {"id_column": "key"}, "no column 'key'; it has text. Name the right one with id_column"),
        ({"text": ["x"], "spans": [1]}, {}, r"would replace: spans\. .* dataset.remove_columns\(\['spans'\]\)"),
        ({"text": ["x"]}, {"threshold": 2}, "a probability lies between 0 and 1"),
        ({"text": ["x"]}, {"suggester": "tarot"}, "Unknown suggester 'tarot'. Choose one of: model, lexicon, both"),
    ],
    ids=["text", "id", "taken", "threshold", "suggester"],
)
def test_what_cannot_be_scored_is_refused(columns: dict[str, list[Any]], options: dict[str, Any], reason: str) -> None:
    with pytest.raises(AnnotatorError, match=reason):
        score_dataset(datasets.Dataset.from_dict(columns), **{"suggester": "lexicon", **options})


def test_other_kinds_of_datasets_are_refused() -> None:
    both = datasets.DatasetDict({"train": datasets.Dataset.from_dict({"text": TEXTS})})
    with pytest.raises(FormatError, match=r"Cannot score a DatasetDict: expected a datasets\.Dataset"):
        score_dataset(both, suggester="lexicon")


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(FormatError, match=r"pip install 'framing-annotator\[train\]'"):
        score_dataset(object())


def test_an_unknown_backend_is_refused_by_name() -> None:
    pytest.importorskip("torch")
    with pytest.raises(ClassifierError, match="Unknown backend 'quantum'"):
        annotator.score_texts(["x"], suggester="model", backend="quantum")

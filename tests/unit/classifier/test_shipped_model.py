"""The model in ``models/``: small enough, whole, and able to do its work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator.classifier.model_suggester import ModelSuggester
from annotator.classifier.start import DEFAULT_SHA256
from annotator.codebook import Codebook
from annotator.documents import Document


@pytest.fixture(scope="module")
def folder(repository: Path) -> Path:
    return repository / "models" / "news-framing-minilm"


@pytest.fixture(scope="module")
def shipped(folder: Path, codebook: Codebook) -> ModelSuggester:
    return ModelSuggester.load(folder, codebook)


def test_shipped_model_is_at_most_48_megabytes(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 48_000_000


def test_shipped_model_names_where_it_started(folder: Path, codebook: Codebook) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["base_model_sha256"] == DEFAULT_SHA256
    assert config["codebook"] == codebook.ref
    assert config["devices"] == list(codebook.ids("device"))
    assert config["frames"] == list(codebook.ids("frame"))
    assert len(config["calibration"]["device_threshold"]) == len(codebook.devices)


def test_shipped_model_marks_a_charged_name_and_the_frame(shipped: ModelSuggester) -> None:
    text = "Militants attacked the bridge at dawn, and the army sent troops and artillery to the border."
    (found,) = shipped.suggest([Document(id="a", text=text)])
    assert [(span.quote, span.device, span.voice) for span in found.spans] == [("Militants", "name_calling", "own")]
    assert found.frames[0].label == "Security_and_defense"


def test_shipped_model_leaves_plain_reporting_alone(shipped: ModelSuggester) -> None:
    text = "The judge was convicted of fraud on Monday. The council meets again in May."
    (found,) = shipped.suggest([Document(id="a", text=text)])
    assert found.spans == ()


def test_card_says_who_labelled_the_data(folder: Path) -> None:
    assert "by language-model annotators, not by people" in (folder / "README.md").read_text("utf-8")

"""Starting a training from the encoder of a trained model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from annotator.classifier.encoder_folder import write_encoder
from annotator.classifier.folder import load_folder
from annotator.classifier.start import start_model
from annotator.codebook import Codebook
from annotator.errors import ClassifierError


def test_training_starts_from_the_encoder_of_a_model(model_folder: Path, tmp_path: Path, codebook: Codebook) -> None:
    write_encoder(model_folder, tmp_path / "encoder")
    assert sorted(path.name for path in (tmp_path / "encoder").iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    started, tokenizer = start_model(codebook, base=str(tmp_path / "encoder"))
    before, _ = load_folder(model_folder, codebook)
    for name, weight in before.encoder.state_dict().items():
        assert torch.equal(started.encoder.state_dict()[name], weight), name
        assert weight.dtype == torch.float32 or not weight.is_floating_point()
    assert tokenizer.encode("the stolen oil").tokens == ["[CLS]", "the", "stolen", "oil", "[SEP]"]


def test_encoder_of_a_broken_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match="no such folder"):
        write_encoder(tmp_path / "none", tmp_path / "encoder")
    assert not (tmp_path / "encoder").exists()

"""Going on from a trained model: what both codebooks have is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from annotator.classifier.folder import CONFIG, save_folder
from annotator.classifier.modeling import FramingModel
from annotator.classifier.start import is_trained, start_model
from annotator.codebook import Codebook
from annotator.errors import ClassifierError


@pytest.fixture
def smaller(codebook: Codebook) -> Codebook:
    """The codebook without its second device, its frames the other way round."""
    devices = (codebook.devices[0], *codebook.devices[2:])
    return replace(codebook, version=codebook.version + 1, devices=devices, frames=codebook.frames[::-1])


def test_same_labels_keep_every_weight(model_folder: Path, tiny_model: FramingModel, codebook: Codebook) -> None:
    model, _ = start_model(codebook, base=str(model_folder))
    for name, weight in tiny_model.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight.half().float()), name


def test_start_is_named_and_calibration_is_left_behind(model_folder: Path, codebook: Codebook) -> None:
    model, _ = start_model(codebook, base=str(model_folder))
    assert (model.config.base_model, model.config.calibration, model.config.release) == ("tiny@0.0.1", {}, "")
    assert len(model.config.base_model_sha256) == 64


def test_start_without_a_release_hands_on_its_own_start(
    tmp_path: Path, tiny_model: FramingModel, tiny_tokenizer: Tokenizer, codebook: Codebook
) -> None:
    tiny_model.config.release = ""
    tiny_model.config.base_model, tiny_model.config.base_model_sha256 = "encoder", "abc"
    save_folder(tmp_path / "stage", tiny_model, tiny_tokenizer)
    model, _ = start_model(codebook, base=str(tmp_path / "stage"))
    assert (model.config.base_model, model.config.base_model_sha256) == ("encoder", "abc")


def test_labels_are_found_by_name_not_by_place(
    model_folder: Path, tiny_model: FramingModel, codebook: Codebook, smaller: Codebook
) -> None:
    model, _ = start_model(smaller, base=str(model_folder))
    kept = [0, 1, *range(3, 1 + len(codebook.devices))]
    assert torch.equal(model.span_device.weight, tiny_model.span_device.weight.half().float()[kept])
    assert torch.equal(model.article_frames.bias, tiny_model.article_frames.bias.half().float().flip(0))
    assert model.config.codebook == smaller.ref


def test_label_that_is_new_starts_fresh(model_folder: Path, tiny_model: FramingModel, codebook: Codebook) -> None:
    added = replace(codebook.devices[0], id="sarcasm")
    larger = replace(codebook, devices=(*codebook.devices, added))
    model, _ = start_model(larger, base=str(model_folder), seed=1)
    again, _ = start_model(larger, base=str(model_folder), seed=1)
    other, _ = start_model(larger, base=str(model_folder), seed=2)
    assert torch.equal(model.tokens.weight[:-1], tiny_model.tokens.weight.half().float())
    assert torch.equal(model.tokens.weight, again.tokens.weight)
    assert not torch.equal(model.tokens.weight[-1], other.tokens.weight[-1])


def test_damaged_model_is_no_start(model_folder: Path, codebook: Codebook) -> None:
    (model_folder / "model.safetensors").write_bytes(b"cut short")
    with pytest.raises(ClassifierError, match="SHA-256"):
        start_model(codebook, base=str(model_folder))


def test_bare_encoder_is_not_taken_for_a_model(tmp_path: Path, model_folder: Path) -> None:
    (tmp_path / CONFIG).write_text('{"model_type": "bert"}')
    assert is_trained(str(model_folder))
    assert not is_trained(str(tmp_path))
    assert not is_trained("some/encoder-of-the-hub")

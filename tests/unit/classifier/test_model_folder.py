"""The model folder: whole, safe and for the right codebook, or refused with the reason."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from annotator.classifier.folder import load_folder, save_folder
from annotator.classifier.modeling import FramingModel
from annotator.codebook import Codebook
from annotator.errors import ClassifierError


def test_model_survives_saving_in_half_precision(
    model_folder: Path, tiny_model: FramingModel, codebook: Codebook
) -> None:
    loaded, _ = load_folder(model_folder, codebook)
    for name, weight in tiny_model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weight.half().float()), name


def test_model_folder_opens_with_from_pretrained(model_folder: Path) -> None:
    loaded = FramingModel.from_pretrained(model_folder)
    assert loaded.config.release == "tiny@0.0.1"


def test_model_folder_holds_safetensors_and_no_pickle(model_folder: Path) -> None:
    assert sorted(path.name for path in model_folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]


def test_saving_keeps_the_card_beside_the_weights(
    model_folder: Path, tiny_model: FramingModel, tiny_tokenizer: Tokenizer
) -> None:
    (model_folder / "README.md").write_text("card")
    save_folder(model_folder, tiny_model, tiny_tokenizer)
    assert (model_folder / "README.md").read_text() == "card"


def test_missing_folder_says_what_belongs_there(tmp_path: Path, codebook: Codebook) -> None:
    with pytest.raises(ClassifierError, match=r"no such folder\. Name a folder that holds config\.json"):
        load_folder(tmp_path / "nowhere", codebook)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_missing_file_is_named(model_folder: Path, codebook: Codebook, name: str) -> None:
    (model_folder / name).unlink()
    with pytest.raises(ClassifierError, match=f"{name} missing"):
        load_folder(model_folder, codebook)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_damaged_file_is_refused(model_folder: Path, codebook: Codebook, name: str, damage: str) -> None:
    path = model_folder / name
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[-1] ^= 1
    path.write_bytes(content[:-5] if damage == "cut" else content)
    with pytest.raises(ClassifierError, match=f"{name} has SHA-256 .* damaged"):
        load_folder(model_folder, codebook)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model_type": "bert"}'])
def test_config_that_is_none_of_ours_is_refused(model_folder: Path, codebook: Codebook, content: str) -> None:
    (model_folder / "config.json").write_text(content)
    with pytest.raises(ClassifierError):
        load_folder(model_folder, codebook)


class _Canary:
    """Creates a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def test_pickled_weights_are_refused_unopened(model_folder: Path, codebook: Codebook, tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    (model_folder / "pytorch_model.bin").write_bytes(pickle.dumps(_Canary(canary)))
    with pytest.raises(ClassifierError, match=r"holds pytorch_model\.bin. Pickle files can run any program"):
        load_folder(model_folder, codebook)
    assert not canary.exists()


def test_the_canary_would_have_sung(tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    pickle.loads(pickle.dumps(_Canary(canary)))
    assert canary.exists()


def test_model_code_in_the_folder_is_refused(model_folder: Path, codebook: Codebook) -> None:
    config = json.loads((model_folder / "config.json").read_text())
    (model_folder / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Model"}}))
    with pytest.raises(ClassifierError, match="asks to run code of its own"):
        load_folder(model_folder, codebook)


def test_other_codebook_is_refused_naming_both(model_folder: Path, codebook: Codebook) -> None:
    other = replace(codebook, id="sports-talk", version=4)
    with pytest.raises(ClassifierError, match="codebook 'sports-talk@4': it was trained for 'news-framing@1'"):
        load_folder(model_folder, other)


def test_codebook_edited_without_a_version_is_refused(model_folder: Path, codebook: Codebook) -> None:
    edited = replace(codebook, devices=codebook.devices[1:])
    with pytest.raises(ClassifierError, match=f"device labels {codebook.devices[0].id}, which codebook"):
        load_folder(model_folder, edited)


def test_failed_saving_leaves_the_old_model(
    model_folder: Path, tiny_model: FramingModel, tiny_tokenizer: Tokenizer, codebook: Codebook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full_disk)
    with pytest.raises(ClassifierError, match="No space left on device"):
        save_folder(model_folder, tiny_model, tiny_tokenizer)
    monkeypatch.undo()
    load_folder(model_folder, codebook)
    assert [path.name for path in model_folder.parent.iterdir()] == [model_folder.name]

"""Checkpoints: whole or not at all, and one training in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from annotator.classifier.checkpoint import (
    STATE,
    Checkpoint,
    load_checkpoint,
    only_one,
    remove_checkpoint,
    save_checkpoint,
)
from annotator.errors import ClassifierError

FIRST = Checkpoint(3, {"seed": 13}, {"best_epoch": 1}, {"w": torch.arange(4.0)}, {"w": torch.ones(4)})
SECOND = Checkpoint(6, {"seed": 13}, {"best_epoch": 2}, {"w": torch.zeros(4)}, {"w": torch.ones(4) * 2})


def test_checkpoint_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, FIRST, best_epoch=1)
    save_checkpoint(tmp_path, SECOND, best_epoch=2)
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert (found.step, found.options, found.progress) == (6, {"seed": 13}, {"best_epoch": 2})
    assert torch.equal(found.tensors["w"], SECOND.tensors["w"])
    assert torch.equal(found.best["w"], SECOND.best["w"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-2.safetensors", STATE, "step-6.safetensors"]


def test_new_training_discards_the_files_of_an_older_one(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, FIRST, best_epoch=1)
    save_checkpoint(tmp_path, Checkpoint(0, {"seed": 14}))
    assert [path.name for path in tmp_path.iterdir()] == [STATE]
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert (found.step, found.tensors, found.best) == (0, {}, {})


def test_folder_without_a_checkpoint_holds_none(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "nowhere") is None


@pytest.mark.parametrize("broken", [STATE, "step-6.safetensors", "best-2.safetensors"])
def test_full_disk_leaves_the_checkpoint_before(tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, FIRST, best_epoch=1)
    move = Path.replace

    def full_disk(self: Path, target: Path) -> Path:
        if target.name == broken:
            raise OSError(28, "No space left on device")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(ClassifierError, match=r"No space left on device.*the checkpoint before this one is unharmed"):
        save_checkpoint(tmp_path, SECOND, best_epoch=2)
    monkeypatch.undo()
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert found.step == 3
    assert torch.equal(found.tensors["w"], FIRST.tensors["w"])
    assert torch.equal(found.best["w"], FIRST.best["w"])


@pytest.mark.parametrize("damage", ["{", "[]", '{"version": 99}', "cut"])
def test_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    save_checkpoint(tmp_path, FIRST, best_epoch=1)
    if damage == "cut":
        weights = tmp_path / "step-3.safetensors"
        weights.write_bytes(weights.read_bytes()[:-3])
    else:
        (tmp_path / STATE).write_text(damage)
    with pytest.raises(ClassifierError, match=r"the checkpoint is damaged .* Start anew without --resume"):
        load_checkpoint(tmp_path)


def test_checkpoint_names_only_files_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    save_checkpoint(folder, FIRST, best_epoch=1)
    (folder / "step-3.safetensors").rename(tmp_path / "step-3.safetensors")
    state = json.loads((folder / STATE).read_text())
    (folder / STATE).write_text(json.dumps({**state, "weights": "../step-3.safetensors"}))
    with pytest.raises(ClassifierError, match="damaged"):
        load_checkpoint(folder)


def test_second_training_in_one_folder_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    folder = tmp_path / "model" / ".training"
    with (
        only_one(folder),
        pytest.raises(ClassifierError, match=r"Another training is writing to '.*model'"),
        only_one(folder),
    ):
        pass
    assert not (tmp_path / "model").exists()


def test_removing_a_checkpoint_leaves_other_files(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", FIRST, best_epoch=1)
    (tmp_path / "c" / "mine.txt").write_text("mine")
    remove_checkpoint(tmp_path / "c")
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["mine.txt"]
    (tmp_path / "c" / "mine.txt").unlink()
    remove_checkpoint(tmp_path / "c")
    assert not (tmp_path / "c").exists()

"""A whole training of a tiny model: what it writes, what it refuses, and what survives when it breaks off."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
import torch
from train_kit import articles, one_thread, write_base, write_rows

from annotator.classifier import losses, training
from annotator.classifier.checkpoint import load_checkpoint
from annotator.classifier.folder import load_folder
from annotator.classifier.training import Recipe
from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.resources import default_model_path
from annotator.workflows.suggesters import find_lexicon
from annotator.workflows.train import TrainOptions, train_model
from annotator.workflows.train_card import TERMS
from annotator.workflows.train_events import Done, EpochDone, Started, Stepped, TrainEvent
from annotator.workflows.train_finish import check_release
from annotator.workflows.train_material import Material, material_from_files

RECIPE = Recipe(epochs=2, encoder_rate=0.01, head_rate=0.05, bf16=False)


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    write_base(folder / "base")
    write_rows(folder / "spring.jsonl", articles(36))
    return folder


@pytest.fixture(scope="module")
def material(place: Path, codebook: Codebook) -> Material:
    return material_from_files([place / "spring.jsonl"], codebook)


@pytest.fixture(scope="module")
def options(place: Path, codebook: Codebook) -> TrainOptions:
    return TrainOptions(
        output=place / "spring",
        base_model=str(place / "base"),
        recipe=RECIPE,
        threads=1,
        lexicon=find_lexicon(codebook),
        samples=20,
    )


@pytest.fixture(scope="module")
def events(material: Material, codebook: Codebook, options: TrainOptions) -> list[TrainEvent]:
    """The events of a whole training into ``place/spring``."""
    return list(train_model(material, codebook, options))


def _steps(events: Generator[TrainEvent, None, None], wanted: int) -> list[float]:
    """Return the losses of the first ``wanted`` steps and stop there."""
    with closing(events):
        steps = (event for event in events if isinstance(event, Stepped))
        return [step.loss for step in islice(steps, wanted)]


def test_training_tells_of_start_steps_epochs_and_end(events: list[TrainEvent], options: TrainOptions) -> None:
    started, *middle, done = events
    assert isinstance(started, Started)
    assert (started.documents, started.train + started.dev, started.spans, started.epochs) == (36, 36, 108, 2)
    steps = [event for event in middle if isinstance(event, Stepped)]
    assert [step.step for step in steps] == list(range(1, steps[0].steps + 1))
    epochs = [event for event in middle if isinstance(event, EpochDone)]
    assert [epoch.epoch for epoch in epochs] == [1, 2]
    assert epochs[0].best
    assert epochs[0].loss > epochs[1].loss
    assert isinstance(done, Done)
    assert done.to_record() == {
        "event": "done",
        "output": str(options.output),
        "model": "spring@0.1.0",
        "best_epoch": max(epoch.epoch for epoch in epochs if epoch.best),
        "dev": done.dev,
    }
    assert set(done.dev) == {"spans_partial_f1", "spans_with_device_f1", "frames_micro_f1"}
    assert done.dev["spans_partial_f1"] > 0.8  # type: ignore[operator]


@pytest.mark.usefixtures("events")
def test_trained_folder_is_whole(options: TrainOptions, codebook: Codebook) -> None:
    names = ["README.md", "config.json", "lexicon.yaml", "metrics.json", "model.safetensors", "tokenizer.json"]
    assert sorted(path.name for path in options.output.iterdir()) == names
    model, _ = load_folder(options.output, codebook)
    assert model.config.release == "spring@0.1.0"
    assert len(model.config.calibration["device_threshold"]) == len(codebook.devices)


@pytest.mark.usefixtures("events")
def test_figures_say_what_they_were_measured_on(options: TrainOptions) -> None:
    figures = json.loads((options.output / "metrics.json").read_text("utf-8"))
    assert list(figures) == ["model", "lexicon", "both", "measured_on"]
    assert figures["measured_on"].startswith("Measured on 4 articles held back from training, split by event.")
    assert {"interval", "value"} <= set(figures["model"]["spans_partial"]["f1"])


@pytest.mark.usefixtures("events")
def test_card_says_who_labelled_what(options: TrainOptions) -> None:
    card = (options.output / "README.md").read_text("utf-8")
    assert card.startswith("# spring 0.1.0\n")
    for part in (
        "36 articles from files: spring.jsonl",
        "ana (36)",
        "name_calling",
        "## Limits",
        f"{TERMS}\nNot stated",
    ):
        assert part in card
    assert "Not among the articles held back, so nothing is known: doubt, " in card


def test_training_repeats_with_its_seed(
    material: Material, codebook: Codebook, options: TrainOptions, events: list[TrainEvent], tmp_path: Path
) -> None:
    first = [event.loss for event in events if isinstance(event, Stepped)][:3]
    assert _steps(train_model(material, codebook, replace(options, output=tmp_path / "again")), 3) == first


@pytest.fixture(scope="module")
def unfinished(material: Material, codebook: Codebook, options: TrainOptions, place: Path) -> TrainOptions:
    """Options of a training that was left after two steps."""
    left = replace(options, output=place / "left", checkpoint_steps=2)
    _steps(train_model(material, codebook, left), 3)
    return replace(left, resume=True)


CHANGED: dict[str, tuple[dict[str, Any], str]] = {
    "epochs": ({"recipe": replace(RECIPE, epochs=3)}, r"epochs \(2 then, 3 now\)"),
    "seed": ({"recipe": replace(RECIPE, seed=14)}, r"training articles, dev articles, seed \(13 then, 14 now\)"),
    "patience": ({"patience": 1}, r"patience \(3 then, 1 now\)"),
}


@pytest.mark.parametrize(("change", "said"), CHANGED.values(), ids=CHANGED)
def test_resume_with_other_settings_is_refused(
    material: Material, codebook: Codebook, unfinished: TrainOptions, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClassifierError, match=f"started with other settings or data: {said}. Give the same again"):
        next(train_model(material, codebook, replace(unfinished, **change)))


def test_resume_with_other_articles_is_refused(codebook: Codebook, unfinished: TrainOptions, place: Path) -> None:
    other = material_from_files([write_rows(place / "other.jsonl", articles(36, seed=2))], codebook)
    with pytest.raises(ClassifierError, match="other settings or data: training articles, dev articles"):
        next(train_model(other, codebook, unfinished))


def test_refused_resume_keeps_the_checkpoint(unfinished: TrainOptions) -> None:
    found = load_checkpoint(unfinished.checkpoints)
    assert found is not None
    assert found.step == 2


def test_nothing_to_resume_says_so(
    material: Material, codebook: Codebook, options: TrainOptions, tmp_path: Path
) -> None:
    fresh = replace(options, output=tmp_path / "fresh", resume=True)
    with pytest.raises(ClassifierError, match=r"There is nothing to resume in '.*fresh'"):
        next(train_model(material, codebook, fresh))
    assert not (tmp_path / "fresh").exists()


def test_loss_that_is_no_number_keeps_the_last_good_checkpoint(
    material: Material, codebook: Codebook, options: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, calls = losses.step_losses, count()

    def spoiled(*given: Any, **named: Any) -> dict[str, torch.Tensor]:
        factor = float("nan") if next(calls) == 2 else 1
        return {name: value * factor for name, value in good(*given, **named).items()}

    monkeypatch.setattr(training, "step_losses", spoiled)
    spoilt = replace(options, output=tmp_path / "spoilt", checkpoint_steps=1)
    with pytest.raises(ClassifierError, match=r"Training stopped at epoch 1, step 3: the loss is nan\. Train anew"):
        list(train_model(material, codebook, spoilt))
    found = load_checkpoint(spoilt.checkpoints)
    assert found is not None
    assert found.step == 2
    assert all(torch.isfinite(value).all() for value in found.tensors.values())


def test_full_disk_at_the_end_leaves_the_old_model(
    material: Material, codebook: Codebook, options: TrainOptions, events: list[TrainEvent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in options.output.iterdir()}
    monkeypatch.setattr("safetensors.torch.save_file", full_disk)
    again = replace(options, recipe=replace(RECIPE, epochs=1))
    with pytest.raises(ClassifierError, match="No space left on device"):
        list(train_model(material, codebook, again))
    monkeypatch.undo()
    assert {name: (options.output / name).read_bytes() for name in before} == before
    _, *_, done = train_model(material, codebook, replace(again, resume=True))
    assert isinstance(done, Done)
    assert done.model == "spring@0.2.0"
    assert load_folder(options.output, codebook)[0].config.release == "spring@0.2.0"


def test_teacher_labels_half_of_each_batch(
    material: Material, codebook: Codebook, options: TrainOptions, events: list[TrainEvent], tmp_path: Path
) -> None:
    taught = replace(
        options,
        output=tmp_path / "taught",
        teacher=options.output,
        unlabelled=("The minister said the stolen oil.", "The brutal town said bases."),
    )
    student = train_model(material, codebook, taught)
    started, step = next(student), next(student)
    student.close()
    assert isinstance(started, Started)
    assert "Half of each batch are 2 unlabelled articles as read by spring." in started.notes
    assert isinstance(step, Stepped)
    assert step.steps == 2 * -(-started.train // 2)


def test_teacher_with_other_tokens_is_refused(
    material: Material, codebook: Codebook, options: TrainOptions, tmp_path: Path
) -> None:
    taught = replace(options, output=tmp_path / "x", teacher=default_model_path(), unlabelled=("The oil.",))
    with pytest.raises(ClassifierError, match="it cuts texts into other tokens than the encoder"):
        next(train_model(material, codebook, taught))


def test_codebook_without_frames_is_refused(material: Material, codebook: Codebook, options: TrainOptions) -> None:
    with pytest.raises(ClassifierError, match="it has 0 article frames; a model needs at least two"):
        next(train_model(material, replace(codebook, frames=()), options))


NAMES = {
    "of the folder": ("", None, "my-model@0.1.0"),
    "one version up": ("", "spring@0.1.0", "spring@0.2.0"),
    "one number": ("", "spring@7", "spring@8"),
    "version that counts nothing": ("", "spring@beta", "my-model@0.1.0"),
    "as asked for": ("autumn@2", "spring@0.1.0", "autumn@2"),
    "without version": ("autumn", None, "autumn@0.1.0"),
}


@pytest.mark.parametrize(("asked", "present", "expected"), NAMES.values(), ids=NAMES)
def test_model_gets_a_name_and_version(tmp_path: Path, asked: str, present: str | None, expected: str) -> None:
    folder = tmp_path / "my model"
    if present:
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"release": present}))
    assert check_release(asked, folder) == expected


def test_lexicon_is_the_one_beside_the_codebook(tmp_path: Path, codebook: Codebook) -> None:
    assert find_lexicon(codebook, tmp_path / "codebook.yaml") is None
    (tmp_path / "lexicon.yaml").touch()
    assert find_lexicon(codebook, tmp_path) == find_lexicon(codebook, tmp_path / "codebook.yaml")
    shipped = find_lexicon(codebook)
    assert shipped is not None
    assert shipped.parent.name == "news-framing"
    assert find_lexicon(replace(codebook, id="sports")) is None


@pytest.mark.parametrize("asked", ["a b@1", "@1", "a@", "a@1@2"])
def test_unfit_name_is_refused(tmp_path: Path, asked: str) -> None:
    with pytest.raises(ClassifierError, match="expected NAME@VERSION"):
        check_release(asked, tmp_path)


def test_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"release": "spring@1"}))
    with pytest.raises(ClassifierError, match="suggestions made by the two could not be told apart"):
        check_release("spring@1", tmp_path)

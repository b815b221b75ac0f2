"""Backends run by PyTorch, the choice among backends, and the order in which windows are read."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from annotator.classifier import backend as choosing
from annotator.classifier import torch_backend as by_torch
from annotator.classifier.backend import Floats, Windows, check_choice, concrete_name, fast_backend, torch_name
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.model_suggester import ModelSuggester
from annotator.classifier.modeling import FramingModel
from annotator.classifier.torch_backend import TorchBackend
from annotator.classifier.window_encoder import WindowEncoder, batched, pad_windows
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError


def _windows() -> Windows:
    return pad_windows([(2, 7, 3), (2, 9, 8, 7, 11, 3), (2, 12, 13, 14, 3)], pad=0)


def _vectors(model: FramingModel, windows: Windows) -> Floats:
    with torch.inference_mode():
        ids, mask = (torch.from_numpy(part) for part in windows)
        found: Floats = model(ids, mask).numpy()
    return found


def test_full_precision_says_what_the_model_says(tiny_model: FramingModel) -> None:
    windows = _windows()
    right = _vectors(tiny_model, windows)
    (found,) = TorchBackend(copy.deepcopy(tiny_model.encoder), "torch-fp32").encode([windows])
    assert np.array_equal(found, right)


def test_bfloat16_is_close_and_answers_in_full_precision(tiny_model: FramingModel) -> None:
    windows = _windows()
    right = _vectors(tiny_model, windows)
    backend = TorchBackend(copy.deepcopy(tiny_model.encoder), "torch-bf16")
    (found,) = backend.encode([windows])
    assert backend.precision == "bf16"
    assert found.dtype == np.float32
    assert not np.array_equal(found, right)
    assert np.abs(found - right)[windows.attention_mask == 1].max() < 0.1


def test_gpu_is_given_batches_ahead_and_answers_in_order(
    tiny_model: FramingModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of work of a GPU, on the CPU; copies are plain there."""
    monkeypatch.setattr(by_torch, "has_fast_bfloat16", lambda device: False)
    backend = TorchBackend(copy.deepcopy(tiny_model.encoder), "torch-cuda", device="cpu")
    given: list[int] = []

    def batches() -> Iterator[Windows]:
        for number in range(4):
            given.append(number)
            yield pad_windows([(2, 7 + number, 3)], pad=0)

    encoded = backend.encode(batches())
    first = next(encoded)
    assert given == [0, 1]
    found = [first, *encoded]
    for number, vectors in enumerate(found):
        assert np.array_equal(vectors, _vectors(tiny_model, pad_windows([(2, 7 + number, 3)], pad=0)))
    assert backend.batch_tokens > TorchBackend(tiny_model.encoder, "torch-fp32").batch_tokens


def test_threads_are_set(tiny_model: FramingModel) -> None:
    before = torch.get_num_threads()
    try:
        TorchBackend(tiny_model.encoder, "torch-fp32", threads=1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_unknown_backend_is_named_with_the_near_one() -> None:
    with pytest.raises(ClassifierError, match=r"Unknown backend 'openvin'.*torch-fp32.*Did you mean 'openvino'\?"):
        check_choice("openvin")


@pytest.mark.parametrize(("fast", "name"), [(True, "torch-bf16"), (False, "torch-fp32")])
def test_torch_takes_bfloat16_where_it_is_fast(monkeypatch: pytest.MonkeyPatch, fast: bool, name: str) -> None:
    monkeypatch.setattr(choosing, "has_gpu", lambda: False)
    monkeypatch.setattr(by_torch, "has_fast_bfloat16", lambda device: fast)
    assert torch_name("torch") == torch_name("auto") == name


def test_gpu_comes_first(monkeypatch: pytest.MonkeyPatch, model_folder: Path) -> None:
    monkeypatch.setattr(choosing, "has_gpu", lambda: True)
    assert concrete_name("auto", model_folder) == concrete_name("torch", model_folder) == "torch-cuda"


def test_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "has_gpu", lambda: False)
    with pytest.raises(ClassifierError, match="finds no GPU"):
        torch_name("torch-cuda")


def test_forced_openvino_that_is_not_installed_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, model_folder: Path, codebook: Codebook
) -> None:
    monkeypatch.setattr(choosing, "has_openvino", lambda: False)
    with pytest.raises(ClassifierError, match=r"pip install 'framing-annotator\[fast\]'"):
        ModelSuggester.load(model_folder, codebook, backend="openvino")


def test_auto_without_openvino_is_torch(
    monkeypatch: pytest.MonkeyPatch, model_folder: Path, codebook: Codebook
) -> None:
    monkeypatch.setattr(choosing, "has_openvino", lambda: False)
    monkeypatch.setattr(choosing, "has_gpu", lambda: False)
    assert ModelSuggester.load(model_folder, codebook, prepare=True).backend == torch_name()


@pytest.mark.parametrize("choice", ["torch", "torch-fp32", "torch-bf16"])
def test_torch_is_never_openvino(choice: choosing.Choice, model_folder: Path) -> None:
    assert fast_backend(choice, model_folder, prepare=True) is None


class _Counting:
    """Says the id of each token, and counts what it is asked."""

    name: choosing.Concrete = "torch-fp32"
    precision = "fp32"
    batch_tokens = 40

    def __init__(self) -> None:
        self.asked: list[Windows] = []

    def encode(self, batches: Iterable[Windows]) -> Iterator[Floats]:
        for windows in batches:
            self.asked.append(windows)
            yield windows.input_ids[:, :, None].astype(np.float32)


def test_sections_lie_end_to_end_each_with_the_vectors_of_its_own_tokens(tiny_encoder: TextEncoder) -> None:
    backend = _Counting()
    sections = [tiny_encoder.encode(text) for text in ("The oil. " * 30, "Stolen bases.", "The regime said. " * 9)]
    found = WindowEncoder(backend, tiny_encoder, pad=0).vectors(sections)
    assert found[:, 0].tolist() == [token for section in sections for token in section.ids.tolist()]
    assert all(windows.input_ids.size <= 40 or len(windows.input_ids) == 1 for windows in backend.asked)


def test_windows_that_were_just_read_are_not_read_again_until_forgotten(tiny_encoder: TextEncoder) -> None:
    backend = _Counting()
    windows = WindowEncoder(backend, tiny_encoder, pad=0)
    section = tiny_encoder.encode("The brutal regime.")
    for _ in range(2):
        windows.vectors([section, section])
    assert sum(len(one.input_ids) for one in backend.asked) == 1
    windows.forget()
    windows.vectors([section])
    assert len(backend.asked) == 2


def test_batches_hold_similar_lengths_within_the_budget() -> None:
    windows = [(1,) * length for length in (9, 2, 30, 3, 8, 50, 2)]
    found = batched(windows, 40)
    assert [[len(ids) for ids in batch] for batch in found] == [[2, 2, 3, 8], [9], [30], [50]]


def test_a_run_repeats_to_the_last_bit_whatever_was_read_before(model_folder: Path, codebook: Codebook) -> None:
    suggester = ModelSuggester.load(model_folder, codebook, backend="torch-fp32")
    documents = [Document(id="a", text="The brutal regime. " * 5), Document(id="b", text="Oil said the town.")]
    first = list(suggester.suggest(documents, minimum=0.0))
    list(suggester.suggest([documents[1], Document(id="c", text="The illicit bases. " * 40)], minimum=0.0))
    assert list(suggester.suggest(documents, minimum=0.0)) == first


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_gpu_says_what_the_model_says(tiny_model: FramingModel) -> None:
    backend = TorchBackend(copy.deepcopy(tiny_model.encoder), "torch-cuda")
    windows = [_windows(), pad_windows([(2, 7, 3)], pad=0), _windows()]
    for one, found in zip(windows, backend.encode(windows), strict=True):
        right = _vectors(tiny_model, one)
        assert np.abs(found - right)[one.attention_mask == 1].max() < 0.1

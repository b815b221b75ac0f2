"""The converted encoder says what the encoder says, whatever stands beside a window, and tells nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from annotator.classifier import backend as choosing
from annotator.classifier.backend import Floats, concrete_name
from annotator.classifier.backend_cache import Files, ModelCache
from annotator.classifier.folder import load_folder, save_folder
from annotator.classifier.model_suggester import ModelSuggester
from annotator.classifier.modeling import FramingModel
from annotator.classifier.window_encoder import pad_windows
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError

pytest.importorskip("openvino")
pytest.importorskip("nncf")

from annotator.classifier import openvino_
from annotator.classifier.openvino_ import WEIGHTS, OpenvinoBackend, blob_name, entry_name, prepared

MIXED = [(2, 7, 3), (2, 9, 8, 7, 11, 12, 14, 9, 10, 3), (2, 12, 13, 14, 3), (2, 3)]

PROGRAM = """
import json, socket, sys
from pathlib import Path

def connect(self, address):
    Path(sys.argv[4]).write_text(str(address))
    raise OSError("no network in tests")

socket.socket.connect = connect
socket.getaddrinfo = lambda *address, **_: connect(None, address)

from annotator.classifier import openvino_convert
from annotator.classifier.folder import load_folder
from annotator.classifier.window_encoder import pad_windows
from annotator.errors import ClassifierError

sys.argv[1:] = sys.argv[1:4] + sys.argv[5:]
try:
    openvino_convert.convert(Path(sys.argv[1]), Path(sys.argv[2]), weights="0" * 64)
except ClassifierError as error:
    assert "have changed meanwhile" in str(error)
openvino_convert.main()
model, _ = load_folder(Path(sys.argv[1]), None)
core = openvino_convert.openvino.Core()
full = core.compile_model(openvino_convert.exported(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
print(json.dumps(full(list(pad_windows(json.loads(sys.argv[4]), pad=0)))[0].tolist()))
"""
"""Convert as always, the network switched off, and print what the encoder says before it is quantised."""


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("openvino")


@pytest.fixture
def folder(shared_folder: Path, tiny_model: FramingModel, tiny_tokenizer: Tokenizer) -> Path:
    """A model folder that stays the same for all tests here, as conversion takes a while."""
    if not (shared_folder / "tiny").exists():
        save_folder(shared_folder / "tiny", tiny_model, tiny_tokenizer)
    return shared_folder / "tiny"


@pytest.fixture
def cache(shared_folder: Path) -> ModelCache:
    return ModelCache(shared_folder / "converted")


@pytest.fixture
def converted(shared_folder: Path, folder: Path, cache: ModelCache) -> Files:
    """The converted model, made once; ``exact.json`` beside it holds what it says in full precision."""
    config = json.loads((folder / "config.json").read_text("utf-8"))

    def make(output: Path) -> None:
        arguments = [
            str(folder),
            str(output),
            config["weights_sha256"],
            str(shared_folder / "called"),
            json.dumps(MIXED),
        ]
        home = shared_folder / "home"
        home.mkdir()
        found = {**os.environ, "HOME": str(home)}
        command = [sys.executable, "-c", PROGRAM, *arguments]
        done = subprocess.run(command, capture_output=True, env=found, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (shared_folder / "exact.json").write_text(done.stdout.splitlines()[-1])

    return cache.get(entry_name(config), make)


def _right(folder: Path) -> Floats:
    model, _ = load_folder(folder, None)
    with torch.inference_mode():
        found: Floats = model(*(torch.from_numpy(part) for part in pad_windows(MIXED, pad=0))).numpy()
    return found


def _rows(vectors: Floats) -> list[Floats]:
    return [row[: len(ids)] for row, ids in zip(vectors, MIXED, strict=True)]


def _encode(backend: OpenvinoBackend, *windows: tuple[int, ...]) -> Floats:
    return next(backend.encode([pad_windows(windows, pad=0)]))


def test_export_keeps_the_attention_mask(folder: Path, converted: Files, shared_folder: Path) -> None:
    """Traced without padding, or without a mask, short windows would attend to what is not there."""
    exact = np.array(json.loads((shared_folder / "exact.json").read_text()), np.float32)
    for found, right in zip(_rows(exact), _rows(_right(folder)), strict=True):
        assert np.abs(found - right).max() < 1e-4


def test_quantised_vectors_are_close_on_padded_windows_of_mixed_length(folder: Path, converted: Files) -> None:
    vectors = _encode(OpenvinoBackend(converted), *MIXED)
    for found, right in zip(_rows(vectors), _rows(_right(folder)), strict=True):
        assert np.sqrt(np.square(found - right).mean()) < 0.25 * np.sqrt(np.square(right).mean())


def test_window_says_the_same_alone_and_padded_among_others(converted: Files) -> None:
    backend = OpenvinoBackend(converted, threads=1)
    together = _rows(_encode(backend, *MIXED))
    alone = [_encode(backend, ids)[0] for ids in MIXED]
    reversed_order = _encode(backend, *MIXED[::-1])[::-1]
    for one, two, three in zip(together, alone, _rows(reversed_order), strict=True):
        assert np.abs(one - two).max() < 0.05
        assert np.array_equal(one, three)


def test_answers_are_kept_when_the_next_batch_is_read(converted: Files) -> None:
    backend = OpenvinoBackend(converted, threads=1)
    first, second = backend.encode([pad_windows([ids], pad=0) for ids in MIXED[:2]])
    assert np.array_equal(first, _encode(backend, MIXED[0]))
    assert np.array_equal(second, _encode(backend, MIXED[1]))


@pytest.mark.parametrize("compiled_before", [True, False], ids=["kept", "compiled now"])
def test_threads_are_as_asked_and_not_pinned(converted: Files, compiled_before: bool) -> None:
    """Two workers of one pinned thread each would share the first core."""
    files = converted if compiled_before else {k: v for k, v in converted.items() if not k.endswith(".blob")}
    backend = OpenvinoBackend(files, threads=1)
    wanted = {"INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False, "NUM_STREAMS": 1}
    assert {name: backend.compiled.get_property(name) for name in wanted} == {**wanted, "NUM_STREAMS": 1}


def test_compiled_model_is_kept_for_this_machine_only(converted: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    name = blob_name()
    assert name in converted
    right = _encode(OpenvinoBackend(converted, threads=1), *MIXED)
    monkeypatch.setattr(openvino_, "_capabilities", lambda: {"FP32", "INT8", "BF16", "AMX"})
    assert blob_name() != name
    assert np.array_equal(_encode(OpenvinoBackend(converted, threads=1), *MIXED), right)


def test_broken_compiled_model_is_compiled_anew(converted: Files) -> None:
    right = _encode(OpenvinoBackend(converted, threads=1), *MIXED)
    files = {**converted, blob_name(): converted[blob_name()][:1000]}
    assert np.array_equal(_encode(OpenvinoBackend(files, threads=1), *MIXED), right)


def test_conversion_sends_nothing(converted: Files, shared_folder: Path) -> None:
    assert not (shared_folder / "called").exists()
    assert not (shared_folder / "home" / "intel").exists()


def test_openvino_comes_without_its_reports() -> None:
    program = "import annotator.classifier.openvino_, sys; print(sys.modules['openvino_telemetry'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


def test_scoring_with_a_prepared_model_loads_neither_torch_nor_transformers(
    converted: Files, cache: ModelCache, folder: Path, repository: Path
) -> None:
    program = f"""
import sys
from pathlib import Path
from annotator.classifier import openvino_
from annotator.classifier.backend_cache import ModelCache
from annotator.classifier.model_suggester import ModelSuggester
from annotator.codebook_file import load_codebook
from annotator.documents import Document

openvino_.ModelCache = lambda: ModelCache(Path({str(cache.folder)!r}))
codebook = load_codebook(Path({str(repository)!r}) / "labels" / "news-framing" / "codebook.yaml")
suggester = ModelSuggester.load(Path({str(folder)!r}), codebook, backend="openvino")
next(suggester.suggest([Document(id="a", text="The brutal regime.")]))
heavy = {{"torch", "transformers", "nncf"}} & set(sys.modules)
print(suggester.backend, suggester.precision.partition("+")[0], *heavy)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "openvino int8\n", done.stderr


@pytest.fixture
def in_this_cache(cache: ModelCache, monkeypatch: pytest.MonkeyPatch) -> Callable[[ModelCache], None]:
    def use(other: ModelCache) -> None:
        monkeypatch.setattr(openvino_, "ModelCache", lambda: other)

    monkeypatch.setattr(choosing, "has_gpu", lambda: False)
    use(cache)
    return use


def test_auto_takes_openvino_once_it_is_prepared(
    converted: Files, folder: Path, codebook: Codebook, in_this_cache: Callable[[ModelCache], None]
) -> None:
    suggester = ModelSuggester.load(folder, codebook, threads=1)
    assert suggester.backend == concrete_name("auto", folder) == "openvino"
    exact = ModelSuggester.load(folder, codebook, backend="torch-fp32")
    document = Document(id="a", text="The brutal regime stole the oil. " * 8)
    (found,), (right,) = (list(one.suggest([document], minimum=0.0)) for one in (suggester, exact))
    assert [f.probability for f in found.frames] == pytest.approx([f.probability for f in right.frames], abs=0.05)


def test_auto_does_not_convert_for_a_few_articles(
    folder: Path, tmp_path: Path, in_this_cache: Callable[[ModelCache], None]
) -> None:
    in_this_cache(ModelCache(tmp_path / "empty"))
    assert concrete_name("auto", folder).startswith("torch")
    assert not (tmp_path / "empty").exists()


def test_auto_goes_on_with_torch_when_conversion_fails(
    folder: Path, codebook: Codebook, tmp_path: Path, in_this_cache: Callable[[ModelCache], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail(*_: object, **__: object) -> None:
        raise ClassifierError("out of memory")

    in_this_cache(ModelCache(tmp_path / "empty"))
    monkeypatch.setattr(openvino_, "convert_apart", fail)
    told: list[str] = []
    suggester = ModelSuggester.load(folder, codebook, prepare=True, on_warning=told.append)
    assert suggester.backend.startswith("torch")
    assert "once" in told[0]
    assert told[1:] == ["Going on with PyTorch, which is slower: out of memory"]
    with pytest.raises(ClassifierError, match="Cannot use backend 'openvino': out of memory"):
        ModelSuggester.load(folder, codebook, backend="openvino")


def test_auto_goes_on_with_torch_when_the_cache_cannot_be_written(
    folder: Path, tmp_path: Path, in_this_cache: Callable[[ModelCache], None]
) -> None:
    (tmp_path / "file").write_text("no folder")
    in_this_cache(ModelCache(tmp_path / "file" / "converted"))
    told: list[str] = []
    assert concrete_name("auto", folder, prepare=True, on_warning=told.append).startswith("torch")
    assert "Set ANNOTATOR_CACHE to a folder that can be written" in told[-1]


def test_processor_without_8_bit_products_is_refused(
    folder: Path, cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_, "_capabilities", lambda: {"FP32"})
    with pytest.raises(ClassifierError, match="no fast 8-bit products"):
        prepared(folder, cache=cache)


def test_conversion_that_fails_says_why(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho Traceback >&2\necho Killed for memory $1. >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(ClassifierError, match=r"for OpenVINO: Killed for memory -P\. Choose --backend torch"):
        openvino_.convert_apart(folder, tmp_path / "output", weights="0" * 64)


def test_name_of_an_entry_changes_with_weights_tokenizer_and_encoder(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    others = [
        {"weights_sha256": "0"},
        {"tokenizer_sha256": "0"},
        {"encoder": {**config["encoder"], "hidden_act": "relu"}},
    ]
    assert len({entry_name(config), *(entry_name(config | other) for other in others)}) == 4
    assert entry_name(config | {"release": "renamed@2"}) == entry_name(config)


def test_damaged_weights_are_converted_again(
    converted: Files, cache: ModelCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = entry_name(json.loads((folder / "config.json").read_text("utf-8")))
    file = cache.folder / name / WEIGHTS
    file.write_bytes(file.read_bytes()[:-1])
    assert prepared(folder, cache=cache, prepare=False) is None

    def again(_: Path, output: Path, *, weights: str) -> None:
        for part, content in converted.items():
            (output / part).write_bytes(content)

    monkeypatch.setattr(openvino_, "convert_apart", again)
    assert prepared(folder, cache=cache) == converted

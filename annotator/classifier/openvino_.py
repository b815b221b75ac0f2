"""The encoder run by OpenVINO on the CPU: 8-bit products, everything else in bfloat16 where the CPU has it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import openvino

from annotator import __version__
from annotator.classifier.backend import Concrete, Floats, OnWarning, Windows
from annotator.classifier.backend_cache import Files, ModelCache
from annotator.errors import ClassifierError

BATCH_TOKENS = 2_048
"""Padded tokens the encoder sees at once."""
RECIPE = 2
"""Raise it when conversion changes, so that models converted before are made anew."""
CONFIG, MODEL, WEIGHTS = "config.json", "model.xml", "model.bin"
DEVICE = "CPU"

Settings = dict[str, Any]


class OpenvinoBackend:
    """Run a converted encoder.

    Args:
        files: What :func:`prepared` returns.
        threads: Processor threads; ``None``: all cores.
    """

    name: Concrete = "openvino"
    batch_tokens = BATCH_TOKENS

    def __init__(self, files: Files, *, threads: int | None = None) -> None:
        chosen = settings(threads=threads)
        self.precision = f"int8+{chosen['INFERENCE_PRECISION_HINT']}"
        self.compiled = _imported(files, chosen) or compiled(files[MODEL], files[WEIGHTS], chosen)
        self._request = self.compiled.create_infer_request()

    def encode(self, batches: Iterable[Windows]) -> Iterator[Floats]:
        """Yield the vectors of each batch; see :class:`annotator.classifier.backend.Backend`."""
        for windows in batches:
            vectors: Floats = self._request.infer(list(windows), share_inputs=True)[0]
            yield vectors


def settings(*, threads: int | None = None) -> Settings:
    """Return how to compile on this machine.

    Threads are not pinned: two workers with one pinned thread each would share the first core.
    """
    chosen: Settings = {
        "ENABLE_CPU_PINNING": False,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "bf16" if "BF16" in _capabilities() else "f32",
    }
    return chosen if threads is None else {**chosen, "INFERENCE_NUM_THREADS": threads}


def compiled(model: bytes, weights: bytes, chosen: Settings) -> openvino.CompiledModel:
    """Return a model ready to run."""
    core = openvino.Core()
    return core.compile_model(core.read_model(model, weights), DEVICE, chosen)


def blob_name() -> str:
    """Return the name of a file that holds a model compiled by this OpenVINO for a processor like this one."""
    place = [openvino.__version__, openvino.Core().get_property(DEVICE, "FULL_DEVICE_NAME"), sorted(_capabilities())]
    return f"compiled-{_hash(place)}.blob"


def _imported(files: Files, chosen: Settings) -> openvino.CompiledModel | None:
    """Return the model as it was compiled when it was converted, if that was on a machine like this one."""
    blob = files.get(blob_name())
    if blob is None:
        return None
    try:
        return openvino.Core().import_model(blob, DEVICE, chosen)
    except RuntimeError:
        return None


def _capabilities() -> set[str]:
    return set(openvino.Core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES"))


def prepared(
    folder: Path,
    *,
    cache: ModelCache | None = None,
    prepare: bool = True,
    on_warning: OnWarning | None = None,
) -> Files | None:
    """Return the files of a converted model, from the cache where possible.

    Args:
        folder: The model's.
        cache: Where converted models are kept; ``None``: the user's.
        prepare: Whether to convert it now if that has not been done; otherwise ``None`` is returned.
        on_warning: Told that conversion begins, as it takes a while.

    Raises:
        ClassifierError: If the processor has no 8-bit products, or the model cannot be converted or kept.
    """
    if "INT8" not in _capabilities():
        raise ClassifierError("This processor has no fast 8-bit products, which --backend openvino is for.")
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    name = entry_name(config)
    cache = cache or ModelCache()
    found = cache.find(name)
    if found is not None or not prepare:
        return found
    if on_warning:
        on_warning("Preparing the fast model, once for this model and user; this takes up to a minute.")
    return cache.get(name, lambda output: convert_apart(folder, output, weights=config["weights_sha256"]))


def entry_name(config: Mapping[str, Any]) -> str:
    """Return the name of a converted model: it changes with the model and with what converts it."""
    made_of = _hash([__version__, config["weights_sha256"], config["tokenizer_sha256"], config["encoder"]])
    majors = (metadata.version(package).partition(".")[0] for package in ("openvino", "nncf"))
    return "-".join([made_of, *majors, str(RECIPE)])


def convert_apart(folder: Path, output: Path, *, weights: str) -> None:
    """Convert a model in a process of its own.

    Raises:
        ClassifierError: If that fails.
    """
    # -P: a torch.py in the current folder is nobody's business.
    command = [sys.executable, "-P", "-m", "annotator.classifier.openvino_convert", str(folder), str(output), weights]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603
        command, stdin=subprocess.DEVNULL, capture_output=True, env=found, text=True, errors="replace", check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise ClassifierError(
            f"Cannot convert the model in '{folder}' for OpenVINO: {reason} Choose --backend torch to go on without.",
            folder=str(folder),
        )


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]

"""Convert the encoder of a model to OpenVINO with 8-bit weights and activations; run as a process of its own.

    python -m annotator.classifier.openvino_convert MODEL_FOLDER EMPTY_FOLDER WEIGHTS_SHA256

A process of its own, because NNCF and the export need a gigabyte that a scorer should not keep.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

import nncf
import numpy as np
import openvino
import torch
from torch import Tensor, nn

from annotator.classifier.backend import Windows
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import load_folder
from annotator.classifier.modeling import FramingModel
from annotator.classifier.openvino_ import MODEL, WEIGHTS, blob_name, compiled, settings
from annotator.classifier.window_encoder import Ids, batched, pad_windows
from annotator.errors import ClassifierError
from annotator.resources import resource

CALIBRATION_TOKENS = 1_024
"""Padded tokens of a calibration batch."""
LARGEST_ERROR = 0.25
"""Root mean square of what conversion may change, in parts of the vectors' own; the shipped model: 0.05."""
UNQUANTISED = r".*layer\.0\.(output\.dense|ffn\.lin2).*MatMul.*"
"""The product whose input has the widest range. Its 8-bit version makes a third of the whole error and saves 4 %."""


class _Vectors(nn.Module):
    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        vectors: Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return vectors


def calibration_windows(texts: TextEncoder, *, pad: int) -> list[Windows]:
    """Return windows from which the ranges of the activations are read, padded.

    The example articles, and for more words a third of the codebooks: definitions, examples, lexicons.
    """
    rows = resource("examples", "corpus.jsonl").read_text("utf-8").splitlines()
    windows = _windows(texts, (json.loads(row)["text"] for row in rows))
    files = sorted(file for file in resource("labels").rglob("*") if file.suffix in {".md", ".yaml", ".jsonl"})
    windows |= set(sorted(_windows(texts, (file.read_text("utf-8") for file in files)))[::3])
    return [pad_windows(batch, pad=pad) for batch in batched(sorted(windows), CALIBRATION_TOKENS)]


def _windows(texts: TextEncoder, found: Iterable[str]) -> set[Ids]:
    return {tuple(ids) for text in found for ids in texts.window_ids(texts.encode(text))}


def exported(model: FramingModel) -> openvino.Model:
    """Return the encoder in full precision: ids and mask of any shape in, vectors out."""
    # Traced with padding: from an example without it, tracing concludes that no mask is needed.
    mask = torch.ones(3, 12, dtype=torch.long)
    mask[1, 9:] = 0
    mask[2, 4:] = 0
    example = {"input_ids": torch.arange(5, 17).repeat(3, 1) * mask, "attention_mask": mask}
    inputs = [(name, [-1, -1], np.int64) for name in example]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openvino.convert_model(_Vectors(model.encoder).eval(), example_input=example, input=inputs)


def quantised(model: openvino.Model, windows: list[Windows]) -> openvino.Model:
    """Return the encoder with 8-bit products, ranges read from ``windows``."""
    return nncf.quantize(
        model,
        nncf.Dataset(windows, lambda one: one._asdict()),
        model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.PERFORMANCE,
        subset_size=len(windows),
        ignored_scope=nncf.IgnoredScope(patterns=[UNQUANTISED], validate=False),
    )


@torch.inference_mode()
def error(model: FramingModel, converted: openvino.CompiledModel, windows: list[Windows]) -> float:
    """Return the root mean square of the change over all tokens, in parts of that of the vectors."""
    change = size = 0.0
    for one in windows:
        ids, mask = (torch.from_numpy(part) for part in one)
        right = model(ids, mask).numpy()[one.attention_mask == 1]
        found = converted(list(one))[0][one.attention_mask == 1]
        change += float(np.square(found - right).sum())
        size += float(np.square(right).sum())
    return float(np.sqrt(change / size))


def convert(folder: Path, output: Path, *, weights: str) -> None:
    """Write the converted encoder of ``folder``, and the same as compiled for this processor, to ``output``.

    Args:
        weights: SHA-256 of the weights that are meant.

    Raises:
        ClassifierError: If the model cannot be loaded, has other weights, or conversion changes what it says.
    """
    model, tokenizer = load_folder(folder, None)
    if model.config.weights_sha256 != weights:
        raise ClassifierError(f"The weights in '{folder}' have changed meanwhile. Try again.", folder=str(folder))
    texts = TextEncoder(tokenizer, size=model.config.window_tokens, context=model.config.window_context)
    windows = calibration_windows(texts, pad=model.config.encoder.get("pad_token_id") or 0)
    small = quantised(exported(model), windows)
    openvino.save_model(small, output / MODEL, compress_to_fp16=False)
    ready = compiled((output / MODEL).read_bytes(), (output / WEIGHTS).read_bytes(), settings())
    wrong = error(model, ready, windows[:: max(1, len(windows) // 4)])
    if not wrong < LARGEST_ERROR:
        raise ClassifierError(
            f"Conversion of '{folder}' to OpenVINO changes its vectors by {wrong:.2f} of their size, more than "
            f"{LARGEST_ERROR}. Use --backend torch for this model."
        )
    (output / blob_name()).write_bytes(ready.export_model().getbuffer())


def main() -> None:
    """Convert the folder named first into the one named second; the hash of its weights comes third."""
    for name in ("nncf", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        convert(Path(sys.argv[1]), Path(sys.argv[2]), weights=sys.argv[3])
    except ClassifierError as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    main()

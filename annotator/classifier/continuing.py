"""Start a model from one that was trained before, keeping what it knows about every label both share."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from annotator.classifier.folder import load_folder
from annotator.classifier.modeling import FramingConfig, FramingModel
from annotator.codebook import Codebook

NOT_IN_A_PHRASE = ""
"""Name of the first column of the device heads, which stands for no label."""


def continue_from(folder: Path, codebook: Codebook, *, seed: int) -> tuple[FramingModel, Tokenizer]:
    """Return a model for ``codebook`` with the weights of a trained one, and its tokenizer.

    Encoder and hidden layers are taken over whole; of the heads, the rows of the labels that both codebooks have.
    Labels that only ``codebook`` has start fresh, drawn from ``seed``. Calibration is not taken over.

    Raises:
        ClassifierError: If the folder is no model, is damaged, or holds pickled weights.
    """
    trained, tokenizer = load_folder(folder, None)
    known = trained.config
    config = FramingConfig(
        encoder=known.encoder,
        codebook=codebook.ref,
        devices=list(codebook.ids("device")),
        frames=list(codebook.ids("frame")),
        voices=list(codebook.ids("voice")),
        polarities=list(codebook.ids("polarity")),
        window_tokens=known.window_tokens,
        window_context=known.window_context,
        head_size=known.head_size,
        head_dropout=known.head_dropout,
        # A start without a release is an earlier stage of the same training.
        base_model=known.release or known.base_model,
        base_model_sha256=known.weights_sha256 if known.release else known.base_model_sha256,
    )
    torch.manual_seed(seed)
    model = FramingModel(config)
    old, new = _columns(known), _columns(config)
    weights = model.state_dict()
    for name, value in trained.state_dict().items():
        head = name.partition(".")[0]
        weights[name] = _shared_rows(weights[name], value, new[head], old[head]) if head in new else value
    model.load_state_dict(weights)
    return model, tokenizer


def _columns(config: FramingConfig) -> dict[str, list[str]]:
    """Return the label of each column of each head."""
    devices = [NOT_IN_A_PHRASE, *config.devices]
    return {
        "tokens": devices,
        "span_device": devices,
        "span_voice": config.voices,
        "span_polarity": config.polarities,
        **dict.fromkeys(("span_frames", "sentence_frames", "sentence_weights", "article_frames"), config.frames),
    }


def _shared_rows(fresh: Tensor, trained: Tensor, labels: list[str], known: list[str]) -> Tensor:
    """Return ``fresh`` with the rows of the labels that ``trained`` has."""
    filled = fresh.clone()
    for row, label in enumerate(labels):
        if label in known:
            filled[row] = trained[known.index(label)]
    return filled

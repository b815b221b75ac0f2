"""A tiny encoder folder and invented labelled articles, to train on within seconds."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

PLAIN = ("the", "oil", "bases", "said", "minister", "town")
LOADED = {
    "stolen": ("presupposed_judgement", "Economic"),
    "brutal": ("loaded_language", "Political"),
    "regime": ("name_calling", "Political"),
}


def write_base(folder: Path) -> Path:
    """Write a random encoder of one layer, with its tokenizer, as the Hugging Face hub keeps them."""
    marks = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    pieces = [*marks.values(), *PLAIN, *LOADED, *string.ascii_lowercase, *string.digits]
    pieces += [f"##{letter}" for letter in string.ascii_lowercase + string.digits] + list(".,:;!?-")
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    named = {f"{name}_token": mark for name, mark in marks.items()}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)  # type: ignore[no-untyped-call]
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=128,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def articles(count: int, *, seed: int = 1, loaded: tuple[str, ...] = tuple(LOADED)) -> list[dict[str, Any]]:
    """Return rows of the annotated-corpus contract; two neighbours tell one event, three spans in each."""
    by_lot = random.Random(seed)
    return [_article(number, by_lot, loaded) for number in range(count)]


def _article(number: int, by_lot: random.Random, loaded: tuple[str, ...]) -> dict[str, Any]:
    text = f"Town {number}. "
    spans: list[dict[str, Any]] = []
    for sentence in range(6):
        text += " ".join(by_lot.choice(PLAIN) for _ in range(6)) + " "
        if sentence % 2 == 0:
            word = by_lot.choice(loaded)
            device, frame = LOADED[word]
            labels = {"device": device, "frames": [frame], "voice": "own", "target": "", "polarity": "-"}
            spans.append({"start": len(text), "end": len(text) + len(word), "quote": word, **labels})
            text += word + " "
        text = text[:-1] + ". "
    frames = sorted({span["frames"][0] for span in spans})
    annotation = {"annotator": "ana", "status": "submitted", "frames": frames, "spans": spans}
    return {
        "id": f"a{number:02}",
        "text": text.strip(),
        "event": f"event {number // 2}",
        "codebook": "news-framing@1",
        "annotations": [annotation],
    }


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch use one thread meanwhile: quicker for tiny tensors, and what the subprocesses use."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

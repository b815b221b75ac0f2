"""Articles laid end to end as tensors, ready for the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from annotator.classifier.encoding import EncodedText, TextEncoder


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows and segments of several articles.

    Attributes:
        input_ids, attention_mask: shape (W, L).
        places: shape (T,); where each token's vector lies among the W × L of the windows.
        sentences: shape (S, 2); token range of each sentence.
        article_of: shape (S,); the article of each sentence.
        token_starts: shape (A + 1,); first token of each article.
        sentence_starts: shape (A + 1,); first sentence of each article.
    """

    input_ids: Tensor
    attention_mask: Tensor
    places: Tensor
    sentences: Tensor
    article_of: Tensor
    token_starts: list[int]
    sentence_starts: list[int]


def collate(encoder: TextEncoder, texts: Sequence[EncodedText], *, pad: int) -> Batch:
    """Lay articles end to end; every one of them has at least one token."""
    windows = [ids for text in texts for ids in encoder.window_ids(text)]
    input_ids, attention_mask = pad_windows(windows, pad=pad)
    width = input_ids.shape[1]
    places, sentences, article_of = [], [], []
    token_starts, sentence_starts = [0], [0]
    first_window = 0
    for index, text in enumerate(texts):
        places.append((text.windows.window + first_window) * width + text.windows.position + 1)
        bounds = text.sentence_tokens + token_starts[-1]
        sentences.append(np.stack([bounds[:-1], bounds[1:]], axis=1))
        article_of.append(np.full(len(bounds) - 1, index, np.int64))
        first_window += len(text.windows)
        token_starts.append(token_starts[-1] + len(text))
        sentence_starts.append(sentence_starts[-1] + len(bounds) - 1)
    return Batch(
        input_ids,
        attention_mask,
        torch.from_numpy(np.concatenate(places)),
        torch.from_numpy(np.concatenate(sentences)),
        torch.from_numpy(np.concatenate(article_of)),
        token_starts,
        sentence_starts,
    )


def pad_windows(windows: Sequence[Sequence[int]], *, pad: int) -> tuple[Tensor, Tensor]:
    """Return ids and attention mask of shape (windows, longest window)."""
    width = max(map(len, windows))
    input_ids = torch.full((len(windows), width), pad)
    attention_mask = torch.zeros((len(windows), width), dtype=torch.long)
    for row, ids in enumerate(windows):
        input_ids[row, : len(ids)] = torch.tensor(ids)
        attention_mask[row, : len(ids)] = 1
    return input_ids, attention_mask

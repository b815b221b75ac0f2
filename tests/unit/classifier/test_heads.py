"""The heads as plain arrays say what the network's heads say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from annotator.classifier import modeling
from annotator.classifier.backend import Floats, Ints
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import load_folder, load_heads
from annotator.classifier.heads import Heads, segment_mean
from annotator.classifier.modeling import FramingModel, article_vectors
from annotator.classifier.reading import Reader
from annotator.codebook import Codebook
from annotator.errors import ClassifierError

SPANS: Ints = np.array([[0, 1], [3, 9], [5, 6], [38, 40]])
SENTENCES: Ints = np.array([[0, 12], [12, 13], [13, 40]])


@pytest.fixture
def hidden() -> Floats:
    return np.random.default_rng(1).normal(size=(40, 16)).astype(np.float32)


@torch.inference_mode()
def test_heads_say_what_the_network_says(tiny_model: FramingModel, hidden: Floats) -> None:
    """Two articles at once: the second begins with the third sentence."""
    heads, tokens = Heads.of(tiny_model), torch.from_numpy(hidden)
    right = torch.sigmoid(tiny_model.token_logits(tokens)).numpy()
    assert np.allclose(heads.token_probability(hidden), right, atol=1e-6)

    sentence = modeling.segment_mean(tokens, torch.from_numpy(SENTENCES))
    article_of = torch.tensor([0, 0, 1])
    articles = article_vectors(sentence, article_of, 2)
    whole = tiny_model.article_logits(sentence, article_of, articles)
    for found, wanted in zip(heads.article_logits(sentence.numpy(), np.array([0, 2])), whole, strict=True):
        assert np.allclose(found, wanted.numpy(), atol=1e-6)

    sentence_of, means = [0, 0, 0, 2], articles[article_of, :16]
    spans = tiny_model.span_logits(
        tokens, torch.from_numpy(SPANS), around=sentence[sentence_of], article=means[sentence_of]
    )
    context = torch.cat([sentence, means], dim=1).numpy()
    judged = heads.span_logits(hidden, SPANS, context=context, sentence_of=np.array(sentence_of))
    for found, wanted in zip(judged, spans, strict=True):
        assert np.allclose(found, wanted.numpy(), atol=1e-6)


def test_means_of_overlapping_ranges(hidden: Floats) -> None:
    means = segment_mean(hidden, SPANS)
    assert np.allclose(means, [hidden[start:end].mean(axis=0) for start, end in SPANS], atol=1e-6)
    assert means.dtype == np.float32
    assert segment_mean(hidden, SPANS[:0]).shape == (0, 16)


def test_no_span_gives_no_rows(tiny_model: FramingModel, hidden: Floats) -> None:
    context = np.zeros((3, 32), np.float32)
    judged = Heads.of(tiny_model).span_logits(hidden, SPANS[:0], context=context, sentence_of=SPANS[:0, 0])
    assert [rows.shape[0] for rows in judged] == [0, 0, 0, 0]


def test_heads_of_a_folder_are_those_of_its_model(model_folder: Path, codebook: Codebook) -> None:
    heads, _ = load_heads(model_folder, codebook)
    right = Heads.of(load_folder(model_folder, codebook)[0])
    assert heads.config == right.config
    assert heads.weights.keys() == right.weights.keys()
    assert all(np.array_equal(heads.weights[name], right.weights[name]) for name in heads.weights)


def test_heads_of_a_damaged_folder_are_refused(model_folder: Path, codebook: Codebook) -> None:
    file = model_folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(ClassifierError, match=r"model\.safetensors has SHA-256"):
        load_heads(model_folder, codebook)


def test_heads_alone_cannot_read(tiny_model: FramingModel, tiny_encoder: TextEncoder) -> None:
    with pytest.raises(ClassifierError, match="need a backend"):
        Reader(Heads.of(tiny_model), tiny_encoder, decoding=Decoding())

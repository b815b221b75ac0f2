"""The heads of a trained model as they score: plain arrays, so that scoring can do without PyTorch.

The same formulas as :class:`annotator.classifier.modeling.FramingModel`, which learns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from annotator.classifier.backend import Floats, Ints

if TYPE_CHECKING:
    from annotator.classifier.modeling import FramingModel

ANY = 0
"""Column 0 of the token logits: inside a loaded phrase of whatever device. Devices follow from column 1."""
ENCODER = "encoder."
"""What the names of the encoder's weights begin with."""


class Labels(Protocol):
    """What the heads' columns mean, and the texts they were fitted for; a part of the model's configuration."""

    @property
    def codebook(self) -> str: ...
    @property
    def release(self) -> str: ...
    @property
    def devices(self) -> list[str]: ...
    @property
    def frames(self) -> list[str]: ...
    @property
    def voices(self) -> list[str]: ...
    @property
    def polarities(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class HeadsConfig:
    """What scoring needs of :class:`annotator.classifier.modeling.FramingConfig`."""

    encoder: dict[str, Any]
    codebook: str
    release: str
    devices: list[str]
    frames: list[str]
    voices: list[str] = field(default_factory=list)
    polarities: list[str] = field(default_factory=list)
    window_tokens: int = 190
    window_context: int = 48
    decoding: dict[str, Any] = field(default_factory=dict)
    calibration: dict[str, Any] = field(default_factory=dict)
    lexicon_sha256: str = ""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> HeadsConfig:
        """Take what is needed from a model's ``config.json``."""
        return cls(**{one.name: record[one.name] for one in fields(cls) if one.name in record})


class SpanLogits(NamedTuple):
    """One row per span. ``device`` has D + 1 columns: column 0 is "no loaded phrase"."""

    device: Floats
    frames: Floats
    voice: Floats
    polarity: Floats


class ArticleLogits(NamedTuple):
    """``article``: shape (A, F). ``sentence``: shape (S, F), what each sentence says by itself; ``share``: shape
    (S, F), how much of its article's answer it makes up, adding to 1 over each article."""

    article: Floats
    sentence: Floats
    share: Floats


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of one model.

    Attributes:
        config: What the columns mean, and how to read texts.
        weights: Weights and biases by name; those of the encoder are not needed.
    """

    config: HeadsConfig
    weights: Mapping[str, Floats]

    @classmethod
    def of(cls, model: FramingModel) -> Heads:
        """Copy the heads of a model in memory."""
        state = model.state_dict().items()
        weights = {name: value.cpu().float().numpy().copy() for name, value in state if not name.startswith(ENCODER)}
        return cls(HeadsConfig.of(vars(model.config)), weights)

    def token_probability(self, hidden: Floats) -> Floats:
        """Return probabilities of shape (T, 1 + D) for token vectors of shape (T, H)."""
        probability: Floats = 0.5 * (1 + np.tanh(0.5 * self._linear("tokens", hidden)))
        return probability

    def span_logits(self, hidden: Floats, spans: Ints, *, context: Floats, sentence_of: Ints) -> SpanLogits:
        """Judge whole spans, of several articles at once.

        Args:
            hidden: Token vectors, shape (T, H).
            spans: shape (N, 2); first token and one past the last token of each span.
            context: Vectors of each sentence and of its article, shape (S, 2H).
            sentence_of: The sentence each span begins in, shape (N,).
        """
        own = np.concatenate([segment_mean(hidden, spans), hidden[spans[:, 0]], hidden[spans[:, 1] - 1]], axis=1)
        wide = self._rectified("span_hidden", own, shared=context, owner=sentence_of)
        return SpanLogits(*(self._linear(f"span_{head}", wide) for head in SpanLogits._fields))

    def article_logits(self, sentence: Floats, firsts: Ints) -> ArticleLogits:
        """Pool sentences into article frames, each frame with its own attention over the sentences.

        Args:
            sentence: Sentence vectors of all articles, shape (S, H), at least one of each.
            firsts: First sentence of each article, shape (A,).
        """
        sizes = np.diff(firsts, append=len(sentence))
        mean, highest = run_means(sentence, firsts), np.maximum.reduceat(sentence, firsts, axis=0)
        article_of = np.repeat(np.arange(len(firsts)), sizes)
        wide = self._rectified("sentence_hidden", sentence, shared=mean, owner=article_of)
        alone = self._linear("sentence_frames", wide)
        weights = np.exp(np.clip(self._linear("sentence_weights", wide), -8, 8))
        share = np.asarray(weights / np.add.reduceat(weights, firsts, axis=0)[article_of], np.float32)
        whole = self._linear("article_frames", np.concatenate([mean, highest], axis=1))
        return ArticleLogits(np.add.reduceat(share * alone, firsts, axis=0) + whole, alone, share)

    def _rectified(self, name: str, own: Floats, *, shared: Floats, owner: Ints) -> Floats:
        """Return a layer and its rectifier over ``[own, shared[owner]]``; many rows share what is computed once."""
        weights, split = self.weights[f"{name}.weight"], own.shape[1]
        wide = own @ weights[:, :split].T
        wide += (shared @ weights[:, split:].T + self.weights[f"{name}.bias"])[owner]
        positive: Floats = np.maximum(wide, 0, out=wide)
        return positive

    def _linear(self, name: str, rows: Floats) -> Floats:
        found: Floats = rows @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return found


def segment_mean(hidden: Floats, segments: Ints) -> Floats:
    """Return the mean vector of each token range, shape (N, H), for ranges of shape (N, 2); none is empty."""
    lengths = segments[:, 1] - segments[:, 0]
    if not len(lengths):
        return np.zeros((0, hidden.shape[1]), np.float32)
    firsts = np.cumsum(lengths) - lengths
    tokens = np.arange(lengths.sum()) + np.repeat(segments[:, 0] - firsts, lengths)
    return np.asarray(np.add.reduceat(hidden[tokens], firsts, axis=0) / lengths[:, None], np.float32)


def run_means(values: Floats, firsts: Ints) -> Floats:
    """Return the mean of each run of rows, shape (runs, columns); a run ends where the next begins. None is empty."""
    sums = np.add.reduceat(values, firsts, axis=0)
    return np.asarray(sums / np.diff(firsts, append=len(values))[:, None], np.float32)

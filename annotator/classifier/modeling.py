"""The network: one encoder pass, and small heads that read its token vectors.

Shapes use W windows, L positions in a window, T tokens of all articles of a batch laid end to end, S sentences,
A articles, N spans, H hidden size, D devices, F frames.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from annotator.classifier import heads

ANY = heads.ANY


class FramingConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """Everything needed to rebuild the network and to read its output.

    Args:
        encoder: Configuration of the Hugging Face encoder, as its ``to_dict()`` gives it.
        codebook: Codebook ref the labels belong to.
        devices, frames, voices, polarities: Label ids in the order of the heads' columns.
        window_tokens, window_context: See :func:`annotator.classifier.windows.plan_windows`.
        head_size: Width of the hidden layer of the heads.
        head_dropout: Dropout before the heads while training.
        decoding: Fitted numbers of :class:`annotator.classifier.decoding.Decoding`.
        calibration: Fitted numbers of :class:`annotator.classifier.calibration.Calibration`.
        base_model, base_model_sha256: Where the encoder started, and the hash of those weights.
        weights_sha256, tokenizer_sha256, lexicon_sha256: Hashes of the files beside the configuration; checked on
            load. The last is "" for a model fitted without a lexicon.
        release: Name and version, such as ``news-framing-minilm@0.1.0``.
    """

    model_type = "framing-annotator"

    def __init__(
        self,
        *,
        encoder: dict[str, Any] | None = None,
        codebook: str = "",
        devices: list[str] | None = None,
        frames: list[str] | None = None,
        voices: list[str] | None = None,
        polarities: list[str] | None = None,
        window_tokens: int = 190,
        window_context: int = 48,
        head_size: int = 256,
        head_dropout: float = 0.2,
        decoding: dict[str, Any] | None = None,
        calibration: dict[str, Any] | None = None,
        base_model: str = "",
        base_model_sha256: str = "",
        weights_sha256: str = "",
        tokenizer_sha256: str = "",
        lexicon_sha256: str = "",
        release: str = "",
        **rest: Any,
    ) -> None:
        self.encoder = encoder or {}
        self.codebook = codebook
        self.devices = devices or []
        self.frames = frames or []
        self.voices = voices or []
        self.polarities = polarities or []
        self.window_tokens = window_tokens
        self.window_context = window_context
        self.head_size = head_size
        self.head_dropout = head_dropout
        self.decoding = decoding or {}
        self.calibration = calibration or {}
        self.base_model = base_model
        self.base_model_sha256 = base_model_sha256
        self.weights_sha256 = weights_sha256
        self.tokenizer_sha256 = tokenizer_sha256
        self.lexicon_sha256 = lexicon_sha256
        self.release = release
        super().__init__(**rest)


class SpanLogits(NamedTuple):
    """One row per span. ``device`` has D + 1 columns: column 0 is "no loaded phrase"."""

    device: Tensor
    frames: Tensor
    voice: Tensor
    polarity: Tensor


class ArticleLogits(NamedTuple):
    """``article``: shape (A, F). ``sentence``: shape (S, F), what each sentence says by itself; ``share``: shape
    (S, F), how much of the article's answer it makes up, adding to 1 over each article."""

    article: Tensor
    sentence: Tensor
    share: Tensor


class FramingModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Encoder, token head, span heads and article head."""

    config: FramingConfig
    config_class = FramingConfig
    base_model_prefix = "encoder"

    def __init__(self, config: FramingConfig) -> None:
        super().__init__(config)
        settings = dict(config.encoder)
        encoder_config = AutoConfig.for_model(settings.pop("model_type"), **settings)
        extra = {"add_pooling_layer": False} if encoder_config.model_type in {"bert", "roberta"} else {}
        self.encoder = AutoModel.from_config(encoder_config, **extra)  # type: ignore[no-untyped-call]
        hidden = encoder_config.hidden_size
        wide = config.head_size
        self.dropout = nn.Dropout(config.head_dropout)
        self.tokens = nn.Linear(hidden, 1 + len(config.devices))
        self.span_hidden = nn.Linear(5 * hidden, wide)
        self.span_device = nn.Linear(wide, 1 + len(config.devices))
        self.span_frames = nn.Linear(wide, len(config.frames))
        self.span_voice = nn.Linear(wide, len(config.voices))
        self.span_polarity = nn.Linear(wide, len(config.polarities))
        self.sentence_hidden = nn.Linear(2 * hidden, wide)
        self.sentence_frames = nn.Linear(wide, len(config.frames))
        self.sentence_weights = nn.Linear(wide, len(config.frames))
        self.article_frames = nn.Linear(2 * hidden, len(config.frames))
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Run the encoder on windows of shape (W, L); return vectors of shape (W, L, H)."""
        output = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        vectors: Tensor = output.last_hidden_state
        return vectors

    def token_logits(self, hidden: Tensor) -> Tensor:
        """Return logits of shape (T, 1 + D) for token vectors of shape (T, H)."""
        logits: Tensor = self.tokens(self.dropout(hidden))
        return logits

    def span_logits(self, hidden: Tensor, spans: Tensor, *, around: Tensor, article: Tensor) -> SpanLogits:
        """Judge whole spans.

        Args:
            hidden: Token vectors, shape (T, H).
            spans: shape (N, 2); first token and one past the last token of each span.
            around: Vector of the sentence each span begins in, shape (N, H).
            article: Vector of the article each span stands in, shape (N, H).
        """
        first, last = hidden[spans[:, 0]], hidden[spans[:, 1] - 1]
        inside = segment_mean(hidden, spans)
        joined = torch.cat([inside, first, last, around, article], dim=1)
        wide = torch.relu(self.span_hidden(self.dropout(joined)))
        wide = self.dropout(wide)
        return SpanLogits(
            self.span_device(wide), self.span_frames(wide), self.span_voice(wide), self.span_polarity(wide)
        )

    def article_logits(self, sentence: Tensor, article_of: Tensor, articles: Tensor) -> ArticleLogits:
        """Pool sentences into article frames, each frame with its own attention over the sentences.

        Args:
            sentence: Sentence vectors, shape (S, H).
            article_of: Which article each sentence belongs to, shape (S,).
            articles: Article vectors (mean and maximum over sentences), shape (A, 2H).
        """
        joined = torch.cat([sentence, articles[article_of, : sentence.shape[1]]], dim=1)
        wide = self.dropout(torch.relu(self.sentence_hidden(self.dropout(joined))))
        alone = self.sentence_frames(wide)
        weights = torch.exp(self.sentence_weights(wide).float().clamp(-8, 8))
        count = len(articles)
        share = weights / _sum_by(weights, article_of, count)[article_of]
        pooled = _sum_by(share * alone.float(), article_of, count)
        whole = self.article_frames(self.dropout(articles)).float()
        return ArticleLogits(pooled + whole, alone.float(), share)


def segment_mean(hidden: Tensor, segments: Tensor) -> Tensor:
    """Return the mean vector of each token range, shape (N, H), for ranges of shape (N, 2); none is empty."""
    lengths = segments[:, 1] - segments[:, 0]
    owner = torch.repeat_interleave(torch.arange(len(segments)), lengths)
    offset = torch.arange(len(owner)) - torch.repeat_interleave(lengths.cumsum(0) - lengths, lengths)
    taken = hidden[torch.repeat_interleave(segments[:, 0], lengths) + offset].float()
    return _sum_by(taken, owner, len(segments)) / lengths.unsqueeze(1)


def article_vectors(sentence: Tensor, article_of: Tensor, count: int) -> Tensor:
    """Return mean and maximum over each article's sentences, shape (A, 2H)."""
    sizes = torch.bincount(article_of, minlength=count).unsqueeze(1)
    mean = _sum_by(sentence, article_of, count) / sizes
    index = article_of.unsqueeze(1).expand_as(sentence)
    highest = torch.full((count, sentence.shape[1]), -torch.inf).scatter_reduce(0, index, sentence, "amax")
    return torch.cat([mean, highest], dim=1)


def _sum_by(rows: Tensor, owner: Tensor, count: int) -> Tensor:
    return torch.zeros(count, rows.shape[1], dtype=rows.dtype).index_add(0, owner, rows)

"""Run the network over texts of any length and keep what it says, before calibration and thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from annotator.classifier.decoding import Candidate, Decoding, Floats, unit_means
from annotator.classifier.encoding import EncodedText, TextEncoder
from annotator.classifier.lexicon_features import LexiconFeatures, Listed, new_candidates, support
from annotator.classifier.modeling import ANY, FramingModel, article_vectors, segment_mean
from annotator.classifier.window_encoder import WindowEncoder
from annotator.classifier.windows import Ints
from annotator.spans import Span, trim_span

SECTION_TOKENS = 16_384
"""Longer texts are read in sections of whole sentences, so that memory does not grow with the text."""
AHEAD_TOKENS = 16_384
"""Tokens of several articles read before the first is answered, so that windows of one length meet."""
OVERLAP_PEAK = 0.5
"""A device must be at least this sure, by itself, to make a second span over one of another device."""


@dataclass(frozen=True, slots=True)
class RawReading:
    """What the network says about one article; N spans, S sentences, all offsets in code points.

    Attributes:
        spans: shape (N, 2); offsets, trimmed of white space and punctuation.
        scores: shape (N, 2); highest and mean probability of the words inside.
        device: shape (N, 1 + D); logits, column 0 is "no loaded phrase".
        listed: shape (N, D); probability that the lexicon gives each device, 0 where it is silent.
        frames, voice, polarity: shape (N, …); logits of each span.
        article: shape (F,); logits, or NaN for a text without tokens.
        sentences: shape (S, 2). sentence_frames, sentence_share: shape (S, F).
        notes: What was unusual on the way.
    """

    spans: Ints
    scores: Floats
    device: Floats
    frames: Floats
    voice: Floats
    polarity: Floats
    article: Floats
    sentences: Ints
    sentence_frames: Floats
    sentence_share: Floats
    listed: Floats
    notes: tuple[str, ...] = ()


class Reader:
    """Read texts with one model. Not for use from several threads at once."""

    def __init__(
        self, model: FramingModel, encoder: TextEncoder, *, decoding: Decoding, lexicon: LexiconFeatures | None = None
    ) -> None:
        self.model = model.eval()  # type: ignore[no-untyped-call]
        self.encoder = encoder
        self.lexicon = lexicon
        self.decoding = decoding
        self._windows = WindowEncoder(self.model, encoder, pad=model.config.encoder.get("pad_token_id") or 0)

    def read(self, texts: Iterable[str]) -> Iterator[RawReading]:
        """Yield a reading for each text, in order, looking ahead a bounded number of tokens."""
        waiting: list[_Waiting] = []
        tokens = 0
        for text in texts:
            sections, cuts = self.encoder.encode_sections(text, longest=SECTION_TOKENS)
            waiting.append(_Waiting(text, sections, cuts))
            tokens += sum(map(len, sections)) + 64
            if tokens >= AHEAD_TOKENS:
                yield from self._read_several(waiting)
                waiting, tokens = [], 0
        yield from self._read_several(waiting)

    @torch.inference_mode()
    def _read_several(self, articles: Sequence[_Waiting]) -> list[RawReading]:
        if all(len(article.sections) <= 1 for article in articles):
            vectors = self._windows.vectors([section for article in articles for section in article.sections])
            return [self._read_article(article, vectors) for article in articles]
        return [self._read_article(article, None) for article in articles]

    def _read_article(self, article: _Waiting, vectors: Iterator[Tensor] | None) -> RawReading:
        """Read one article, from vectors made together with others or, when it is long, section by section."""
        notes = (
            (f"Text without sentence ends was read in parts, cut in {article.cuts} places.",) if article.cuts else ()
        )
        if not article.sections:
            return _empty(self.model, notes)
        listed = self.lexicon.find(article.text) if self.lexicon else None
        found: list[_SpanPart] = []
        sentence_vectors: list[Tensor] = []
        for section in article.sections:
            hidden = next(self._windows.vectors([section]) if vectors is None else vectors)
            part, sentence = self._read_section(section, hidden, listed)
            found.append(part.trimmed(article.text))
            sentence_vectors.append(sentence)
        sentence = torch.cat(sentence_vectors)
        article_of = torch.zeros(len(sentence), dtype=torch.long)
        logits = self.model.article_logits(sentence, article_of, article_vectors(sentence, article_of, 1))
        whole = _SpanPart(*map(np.concatenate, zip(*(part.columns() for part in found), strict=True)))
        devices = len(self.model.config.devices)
        sentences = [(s.start, s.end) for section in article.sections for s in section.sentences]
        return RawReading(
            *whole.columns(),
            listed=support(whole.spans, listed, devices)
            if listed
            else np.zeros((len(whole.spans), devices), np.float32),
            article=logits.article[0].numpy(),
            sentences=np.array(sentences, np.int64),
            sentence_frames=logits.sentence.numpy(),
            sentence_share=logits.share.numpy(),
            notes=notes,
        )

    def _read_section(self, section: EncodedText, hidden: Tensor, listed: Listed | None) -> tuple[_SpanPart, Tensor]:
        probability = torch.sigmoid(self.model.token_logits(hidden)).numpy()
        by_unit = unit_means(probability, section.unit_starts)
        candidates = self._candidates(by_unit)
        if listed:
            candidates = sorted([*candidates, *new_candidates(listed, section, by_unit[:, ANY], candidates)])
        bounds = torch.from_numpy(np.stack([section.sentence_tokens[:-1], section.sentence_tokens[1:]], axis=1))
        sentence = segment_mean(hidden, bounds)
        article = sentence.mean(dim=0, keepdim=True)
        units = np.array([(c.start, c.end) for c in candidates], np.int64).reshape(-1, 2)
        tokens = section.unit_starts[units]
        rows = torch.from_numpy(tokens)
        around = sentence[torch.from_numpy(np.searchsorted(section.sentence_tokens, tokens[:, 0], side="right") - 1)]
        logits = self.model.span_logits(hidden, rows, around=around, article=article.expand(len(rows), -1))
        part = _SpanPart(
            np.stack([section.starts[tokens[:, 0]], section.ends[tokens[:, 1] - 1]], axis=1),
            np.array([(c.peak, c.mean) for c in candidates], np.float32).reshape(-1, 2),
            *(column.float().numpy() for column in logits),
        )
        return part, sentence

    def _candidates(self, by_unit: Floats) -> list[Candidate]:
        """Return spans of any device, and those of single devices that lie over spans of another."""
        found = self.decoding.candidates(by_unit[:, ANY])
        seen = {(c.start, c.end) for c in found}
        for column in range(1, by_unit.shape[1]):
            for extra in self.decoding.candidates(by_unit[:, column]):
                rival = by_unit[extra.start : extra.end, 1:].mean(axis=0)
                second = (
                    extra.peak >= OVERLAP_PEAK and rival.argmax() != column - 1 and (extra.start, extra.end) not in seen
                )
                if second:
                    seen.add((extra.start, extra.end))
                    found.append(extra)
        return sorted(found)


class _Waiting(NamedTuple):
    """An article cut into sections; ``cuts`` of the cuts lie inside a sentence."""

    text: str
    sections: list[EncodedText]
    cuts: int


@dataclass(frozen=True, slots=True)
class _SpanPart:
    spans: Ints
    scores: Floats
    device: Floats
    frames: Floats
    voice: Floats
    polarity: Floats

    def columns(self) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats]:
        return self.spans, self.scores, self.device, self.frames, self.voice, self.polarity

    def trimmed(self, text: str) -> _SpanPart:
        """Return the spans without white space and punctuation at their ends; those of nothing else are left out."""
        found = [trim_span(text, Span(start, end)) for start, end in self.spans.tolist()]
        kept = np.array([span is not None for span in found], bool)
        spans = np.array([(span.start, span.end) for span in found if span], np.int64).reshape(-1, 2)
        return _SpanPart(spans, *(column[kept] for column in self.columns()[1:]))


def _empty(model: FramingModel, notes: tuple[str, ...]) -> RawReading:
    config = model.config
    frames = len(config.frames)
    widths = (2, 1 + len(config.devices), frames, len(config.voices), len(config.polarities))
    scores, device, span_frames, voice, polarity = (np.zeros((0, width), np.float32) for width in widths)
    nothing = np.zeros((0, frames), np.float32)
    bounds = np.zeros((0, 2), np.int64)
    article = np.full(frames, np.nan, np.float32)
    listed = np.zeros((0, len(config.devices)), np.float32)
    return RawReading(
        bounds, scores, device, span_frames, voice, polarity, article, bounds, nothing, nothing, listed, notes
    )

"""Run the network over texts of any length and keep what it says, before calibration and thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from annotator.classifier.backend import Backend, torch_backend
from annotator.classifier.decoding import Candidate, Decoding, Floats, unit_means
from annotator.classifier.encoding import EncodedText, TextEncoder
from annotator.classifier.heads import ANY, Heads, HeadsConfig, run_means
from annotator.classifier.lexicon_features import LexiconFeatures, Listed, new_candidates, support
from annotator.classifier.window_encoder import WindowEncoder
from annotator.classifier.windows import Ints
from annotator.errors import ClassifierError
from annotator.spans import Span, trim_span

if TYPE_CHECKING:
    from annotator.classifier.modeling import FramingModel

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
    """Read texts with one model. Not for use from several threads at once.

    Attributes:
        tokens_read: Tokens of all texts so far.
    """

    def __init__(
        self,
        model: FramingModel | Heads,
        encoder: TextEncoder,
        *,
        decoding: Decoding,
        lexicon: LexiconFeatures | None = None,
        backend: Backend | None = None,
    ) -> None:
        self.heads = model if isinstance(model, Heads) else Heads.of(model)
        self.encoder = encoder
        self.tokens_read = 0
        self.lexicon = lexicon
        self.decoding = decoding
        if backend is None:
            if isinstance(model, Heads):
                raise ClassifierError("Heads alone cannot read: they need a backend that runs the encoder.")
            backend = torch_backend(model, "torch-fp32")
        # The heads' products are too small to share among threads, which would keep other work waiting.
        self._blas = ThreadpoolController()
        self._windows = WindowEncoder(backend, encoder, pad=self.heads.config.encoder.get("pad_token_id") or 0)

    def read(self, texts: Iterable[str]) -> Iterator[RawReading]:
        """Yield a reading for each text, in order, looking ahead a bounded number of tokens."""
        self._windows.forget()
        waiting: list[_Waiting] = []
        tokens = 0
        for text in texts:
            sections, cuts = self.encoder.encode_sections(text, longest=SECTION_TOKENS)
            waiting.append(_Waiting(text, sections, cuts))
            self.tokens_read += (found := sum(map(len, sections)))
            tokens += found + 64
            if tokens >= AHEAD_TOKENS:
                yield from self._read_several(waiting)
                waiting, tokens = [], 0
        yield from self._read_several(waiting)

    def _read_several(self, articles: Sequence[_Waiting]) -> list[RawReading]:
        """Read articles together, or section by section when one of them is long."""
        listed = [self.lexicon.find(article.text) if self.lexicon else None for article in articles]
        places = [(one, found) for article, found in zip(articles, listed, strict=True) for one in article.sections]
        is_long = any(len(article.sections) > 1 for article in articles)
        together = [[place] for place in places] if is_long else [places] if places else []
        with self._blas.limit(limits=1, user_api="blas"):
            read = [section for group in together for section in self._read_sections(group)]
            return list(self._joined(articles, listed, read))

    def _read_sections(self, places: Sequence[tuple[EncodedText, Listed | None]]) -> list[_Section]:
        """Read sections, of one article each, in one pass through every layer."""
        sections = [section for section, _ in places]
        hidden = self._windows.vectors(sections)
        first_token = _ends(len(section) for section in sections)
        unit_starts = _end_to_end([section.unit_starts for section in sections], first_token)
        by_unit = unit_means(self.heads.token_probability(hidden), unit_starts)
        first_unit = _ends(len(section.unit_starts) - 1 for section in sections)
        sentence_tokens = _end_to_end([section.sentence_tokens for section in sections], first_token)
        sentence = run_means(hidden, sentence_tokens[:-1])
        first_sentence = _ends(len(section.sentences) for section in sections)
        article = run_means(sentence, first_sentence[:-1])
        found = [
            self._candidates(section, by_unit[start:end], listed)
            for (section, listed), start, end in zip(places, first_unit, first_unit[1:], strict=False)
        ]
        counts = [len(candidates) for candidates in found]
        units = np.array([c[:2] for candidates in found for c in candidates], np.int64).reshape(-1, 2)
        tokens = unit_starts[units + np.repeat(first_unit[:-1], counts)[:, None]]
        logits = self.heads.span_logits(
            hidden,
            tokens,
            context=np.concatenate([sentence, np.repeat(article, np.diff(first_sentence), axis=0)], axis=1),
            sentence_of=np.searchsorted(sentence_tokens, tokens[:, 0], side="right") - 1,
        )
        starts, ends = (np.concatenate(column) for column in zip(*((s.starts, s.ends) for s in sections), strict=True))
        spans = np.stack([starts[tokens[:, 0]], ends[tokens[:, 1] - 1]], axis=1)
        scores = np.array([c[2:] for candidates in found for c in candidates], np.float32).reshape(-1, 2)
        cuts = np.cumsum(counts)[:-1]
        columns = (np.split(column, cuts) for column in (spans, scores, *logits))
        sentences = np.split(sentence, first_sentence[1:-1])
        return [_Section(_SpanPart(*part), own) for *part, own in zip(*columns, sentences, strict=True)]

    def _joined(
        self, articles: Sequence[_Waiting], listed: Sequence[Listed | None], read: Sequence[_Section]
    ) -> Iterator[RawReading]:
        """Yield one reading for each article, put together from its sections."""
        if not read:
            yield from (_empty(self.heads.config, ()) for _ in articles)
            return
        first_section = _ends(len(article.sections) for article in articles)
        first_sentence = _ends(len(section.sentence) for section in read)[first_section]
        firsts = first_sentence[:-1][np.diff(first_sentence) > 0]
        logits = self.heads.article_logits(np.concatenate([section.sentence for section in read]), firsts)
        whole = iter(logits.article)
        for rank, article in enumerate(articles):
            if not article.sections:
                yield _empty(self.heads.config, ())
                continue
            own = slice(first_sentence[rank], first_sentence[rank + 1])
            parts = [section.part for section in read[first_section[rank] : first_section[rank + 1]]]
            spans = _SpanPart.joined(parts).trimmed(article.text)
            yield RawReading(
                *spans.columns(),
                listed=self._support(spans, listed[rank]),
                article=next(whole),
                sentences=np.array([(s.start, s.end) for one in article.sections for s in one.sentences], np.int64),
                sentence_frames=logits.sentence[own],
                sentence_share=logits.share[own],
                notes=article.notes,
            )

    def _support(self, spans: _SpanPart, listed: Listed | None) -> Floats:
        devices = len(self.heads.config.devices)
        return support(spans.spans, listed, devices) if listed else np.zeros((len(spans.spans), devices), np.float32)

    def _candidates(self, section: EncodedText, by_unit: Floats, listed: Listed | None) -> list[Candidate]:
        """Return spans of any device, those of single devices over spans of another, and those the lexicon adds."""
        found = self.decoding.candidates(by_unit[:, ANY])
        seen = {(c.start, c.end) for c in found}
        for column in (np.flatnonzero(by_unit[:, 1:].max(axis=0) >= OVERLAP_PEAK) + 1).tolist():
            for extra in self.decoding.candidates(by_unit[:, column], least=OVERLAP_PEAK):
                rival = by_unit[extra.start : extra.end, 1:].mean(axis=0)
                if rival.argmax() != column - 1 and (extra.start, extra.end) not in seen:
                    seen.add((extra.start, extra.end))
                    found.append(extra)
        if listed:
            found += new_candidates(listed, section, by_unit[:, ANY], found)
        return sorted(found)


class _Waiting(NamedTuple):
    """An article cut into sections; ``cuts`` of the cuts lie inside a sentence."""

    text: str
    sections: list[EncodedText]
    cuts: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell about the cuts."""
        return (f"Text without sentence ends was read in parts, cut in {self.cuts} places.",) if self.cuts else ()


class _Section(NamedTuple):
    """What is said about one section: its spans, and its sentence vectors of shape (S, H)."""

    part: _SpanPart
    sentence: Floats


def _ends(lengths: Iterable[int]) -> Ints:
    """Return where each of several things laid end to end begins, and where the last ends."""
    return np.cumsum([0, *lengths])


def _end_to_end(bounds: Sequence[Ints], firsts: Ints) -> Ints:
    """Join the bounds of things laid end to end; those of each begin with 0 and end with its length."""
    moved = [own[:-1] + first for own, first in zip(bounds, firsts.tolist(), strict=False)]
    return np.concatenate([*moved, firsts[-1:]])


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

    @classmethod
    def joined(cls, parts: Sequence[_SpanPart]) -> _SpanPart:
        """Return several parts as one."""
        if len(parts) == 1:
            return parts[0]
        return cls(*map(np.concatenate, zip(*(part.columns() for part in parts), strict=True)))

    def trimmed(self, text: str) -> _SpanPart:
        """Return the spans without white space and punctuation at their ends; those of nothing else are left out."""
        found = [trim_span(text, Span(start, end)) for start, end in self.spans.tolist()]
        kept = np.array([span is not None for span in found], bool)
        spans = np.array([(span.start, span.end) for span in found if span], np.int64).reshape(-1, 2)
        return _SpanPart(spans, *(column[kept] for column in self.columns()[1:]))


def _empty(config: HeadsConfig, notes: tuple[str, ...]) -> RawReading:
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

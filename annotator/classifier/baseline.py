"""A baseline to beat: TF-IDF and logistic regression, for article frames and, word by word, for loaded phrases.

For measuring only: it is fitted anew each time and never saved, because scikit-learn keeps models as pickles.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from annotator.annotations import Agent, Annotation, FrameSuggestion, LabelledSpan, SpanSuggestion, Suggestions
from annotator.classifier.baseline_words import Marked, labels_of, word_features
from annotator.classifier.calibration import Doubles
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError
from annotator.segments import words

if TYPE_CHECKING:
    from annotator.classifier.base import Whole

HELD = 0.2
"""Part of the articles on which the two thresholds are chosen, before all are learned from."""
GRID = tuple(round(0.05 * step, 2) for step in range(1, 15))
RAREST = 3
"""A label with fewer examples than this is not learned, and never suggested."""
SEED = 1

Labelled = tuple[Document, Annotation]


@dataclass(frozen=True, slots=True)
class _Frames:
    """One classifier for each article frame that occurs often enough."""

    vectorizer: Any
    models: dict[str, Any]

    def probabilities(self, texts: Sequence[str]) -> dict[str, Doubles]:
        if not self.models:
            return {}
        features = self.vectorizer.transform(texts)
        return {frame: model.predict_proba(features)[:, 1] for frame, model in self.models.items()}


@dataclass(frozen=True, slots=True)
class _Spans:
    """Whether a word stands in a loaded phrase and, if so, with which device.

    Attributes:
        columns: Of the features, those that the device model looks at: the ones that marked words have.
    """

    inside: Any
    device: Any
    columns: Any
    devices: tuple[str, ...]
    habits: dict[str, str | None] = field(default_factory=dict)

    def marked(self, text: str) -> list[Marked]:
        """Return every word with the probability of being marked, and of each device."""
        places = words(text)
        if not places:
            return []
        features = word_features(text, places)
        sure = self.inside.predict_proba(features)[:, 1]
        kinds = (
            np.ones((len(places), 1)) if self.device is None else self.device.predict_proba(features[:, self.columns])
        )
        return [Marked(place, float(p), row) for place, p, row in zip(places, sure, kinds, strict=True)]


class TfidfBaseline:
    """Suggests article frames and loaded phrases with linear models; voice and polarity are always the usual ones."""

    agent: Agent = "model"
    version = "tfidf-logistic-regression@1"

    def __init__(self, frames: _Frames, spans: _Spans, codebook: Codebook, thresholds: tuple[float, float]) -> None:
        self.codebook = codebook.ref
        self.frame_threshold, self.word_threshold = thresholds
        self._frames, self._spans = frames, spans

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        """Yield the suggestions for each document; ``minimum`` as for every suggester."""
        return (cut for cut, _ in self.suggest_whole(documents, minimum=minimum))

    def suggest_whole(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Whole]:
        """Yield the suggestions and, beside them, every article frame with its probability."""
        for document in documents:
            sure = self._frames.probabilities([document.text])
            every = [FrameSuggestion(frame, float(values[0])) for frame, values in sure.items()]
            every.sort(key=lambda frame: -frame.probability)
            lowest = self.frame_threshold if minimum is None else minimum
            cut = Suggestions(
                document.id,
                self.agent,
                self.version,
                self.codebook,
                tuple(self._suggested(document.text, self.word_threshold if minimum is None else minimum)),
                tuple(frame for frame in every if frame.probability >= lowest),
            )
            yield cut, tuple(every)

    def _suggested(self, text: str, lowest: float) -> Iterator[SpanSuggestion]:
        for run in runs(text, self._spans.marked(text), lowest):
            kinds = np.mean([word.devices for word in run], axis=0)
            start, end = run[0].place.start, run[-1].place.end
            yield SpanSuggestion(
                start,
                end,
                text[start:end],
                self._spans.devices[int(kinds.argmax())],
                float(np.mean([word.probability for word in run]) * kinds.max()),
                voice=self._spans.habits.get("voice"),
                polarity=self._spans.habits.get("polarity"),
                agent=self.agent,
            )


def runs(text: str, marked: Sequence[Marked], lowest: float) -> Iterator[list[Marked]]:
    """Yield neighbouring words that are all probable enough; no run crosses a line break."""
    run: list[Marked] = []
    for word in marked:
        if run and (word.probability < lowest or "\n" in text[run[-1].place.end : word.place.start]):
            yield run
            run = []
        if word.probability >= lowest:
            run.append(word)
    if run:
        yield run


def fit_baseline(articles: Iterable[Labelled], codebook: Codebook) -> TfidfBaseline:
    """Fit the baseline.

    Thresholds are chosen on a fifth of the articles (by event) with a model fitted on the others; the model that is
    returned is fitted on all.

    Args:
        articles: Documents with what is right.
        codebook: Names the labels.

    Raises:
        ClassifierError: If scikit-learn is not installed, or there is nothing to learn from.
    """
    if find_spec("sklearn") is None:
        raise ClassifierError(
            "The baselines need scikit-learn. Install it with: pip install 'framing-annotator[train]'"
        )
    listed = list(articles)
    if sum(bool(gold.spans) for _, gold in listed) < 2:
        raise ClassifierError(
            f"Cannot fit the baselines: {len(listed)} articles hold fewer than two with a labelled phrase. Name more "
            "with --train-data."
        )
    learning, held = _split(listed)
    thresholds = _thresholds(_fit_frames(learning, codebook), _fit_spans(learning, codebook), held)
    return TfidfBaseline(_fit_frames(listed, codebook), _fit_spans(listed, codebook), codebook, thresholds)


def _split(articles: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    groups = sorted({document.event or document.id for document, _ in articles})
    random.Random(SEED).shuffle(groups)  # noqa: S311 (a split, not a secret)
    held = set(groups[: max(1, round(HELD * len(groups)))])
    parts: tuple[list[Labelled], list[Labelled]] = ([], [])
    for article in articles:
        parts[(article[0].event or article[0].id) in held].append(article)
    has_both = all(any(gold.spans for _, gold in part) for part in parts)
    return parts if has_both else (list(articles), list(articles))


def _fit_frames(articles: Sequence[Labelled], codebook: Codebook) -> _Frames:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    counts = Counter(frame for _, gold in articles for frame in set(gold.frames))
    learned = [f for f in codebook.ids("frame") if RAREST <= counts[f] <= len(articles) - RAREST]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=50_000)
    if not learned:
        return _Frames(vectorizer, {})
    features = vectorizer.fit_transform([document.text for document, _ in articles])
    models = {
        frame: LogisticRegression(C=10.0, solver="liblinear", class_weight="balanced").fit(
            features, [frame in gold.frames for _, gold in articles]
        )
        for frame in learned
    }
    return _Frames(vectorizer, models)


def _fit_spans(articles: Sequence[Labelled], codebook: Codebook) -> _Spans:
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression

    features, labels = [], []
    for document, gold in articles:
        places = words(document.text)
        if places:
            features.append(word_features(document.text, places))
            labels += labels_of(places, gold)
    rows = vstack(features).tocsr()
    known = np.array([label or "" for label in labels])
    inside = LogisticRegression(C=3.0, max_iter=300, solver="liblinear").fit(rows, known != "")
    marked = np.flatnonzero(known != "")
    devices = tuple(sorted(set(known[marked].tolist()), key=codebook.ids("device").index))
    columns = np.unique(rows[marked].indices)
    device = None
    if len(devices) > 1:
        numbers = [devices.index(label) for label in known[marked].tolist()]
        device = LogisticRegression(C=3.0, max_iter=300, tol=1e-3).fit(rows[marked][:, columns], numbers)
    return _Spans(inside, device, columns, devices, _habits([span for _, gold in articles for span in gold.spans]))


def _habits(spans: Sequence[LabelledSpan]) -> dict[str, str | None]:
    """Return the most frequent voice and polarity, which every suggestion gets."""
    usual: dict[str, str | None] = {}
    for name, values in (("voice", [s.voice for s in spans]), ("polarity", [s.polarity for s in spans])):
        counted = Counter(value for value in values if value is not None)
        usual[name] = counted.most_common(1)[0][0] if counted else None
    return usual


def _thresholds(frames: _Frames, spans: _Spans, held: Sequence[Labelled]) -> tuple[float, float]:
    """Return the thresholds for frames (by micro-F1) and for words (by F1 of words) that are best on ``held``."""
    sure = frames.probabilities([document.text for document, _ in held])
    right = {frame: np.array([frame in gold.frames for _, gold in held], bool) for frame in sure}
    marked = [spans.marked(document.text) for document, _ in held]
    truth = [
        label is not None
        for (_, gold), row in zip(held, marked, strict=True)
        for label in labels_of([word.place for word in row], gold)
    ]
    by_word = np.array([word.probability for row in marked for word in row], np.float64)
    frame = _best(np.concatenate(list(sure.values())), np.concatenate(list(right.values()))) if sure else 0.5
    return frame, _best(by_word, np.array(truth, bool))


def _best(sure: Doubles, right: npt.NDArray[np.bool_]) -> float:
    def quality(threshold: float) -> float:
        chosen = sure >= threshold
        return float(2 * (chosen & right).sum() / max(1, chosen.sum() + right.sum()))

    return max(GRID, key=quality)

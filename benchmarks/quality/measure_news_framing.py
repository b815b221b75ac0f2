"""Calibrate models and measure them on articles they were not trained on.

    python -m benchmarks.quality.measure_news_framing --data news_framing.jsonl --pool fa_kes.jsonl pool_syria.jsonl \\
        --folds 0=runs/fold0 1=runs/fold1 --output models/news-framing-minilm --release news-framing-minilm@0.2.0

``--folds`` names models trained without fold 0, 1, …; each reads the fold it has not seen, and the calibration part of
the pool, which no model learns from. A fold is measured with a calibration fitted on that part and on the other folds:
nothing is fitted on the articles that are measured. The model shipped is ``--final``, or the first fold's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from annotator.classifier.base import Whole
from annotator.classifier.calibration import Calibration
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.fitting import fit_calibration
from annotator.classifier.folder import load_folder, save_folder
from annotator.classifier.interpreting import Interpreter
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.lexicon_features import LexiconFeatures
from annotator.classifier.modeling import FramingConfig, FramingModel
from annotator.classifier.reading import RawReading, Reader
from annotator.evaluation import judge, report
from annotator.resources import resource
from annotator.workflows.score import joined
from benchmarks.quality.card import write_figures
from benchmarks.quality.news_framing import FOLDS, Labelled, codebook, folds, read_corpus
from benchmarks.quality.pool_labels import read_pool

LEXICON = resource("labels", "news-framing", "lexicon.yaml")


@dataclass
class Measured:
    """Held-out articles with what each way of suggesting says about them."""

    held: list[Labelled] = field(default_factory=list)
    found: dict[str, list[Whole]] = field(default_factory=dict)

    def add(self, articles: Sequence[Labelled], found: dict[str, list[Whole]]) -> None:
        """Add one fold."""
        self.held += articles
        for name, suggestions in found.items():
            self.found.setdefault(name, []).extend(suggestions)

    def reports(self, *, samples: int) -> dict[str, Any]:
        """Return the report of each way."""
        return {name: self._report(found, samples) for name, found in self.found.items()}

    def _report(self, found: Sequence[Whole], samples: int) -> dict[str, Any]:
        judged = [
            judge(article.gold, cut, codebook(), all_frames=frames)
            for article, (cut, frames) in zip(self.held, found, strict=True)
        ]
        return report(judged, codebook(), samples=samples)


@dataclass(frozen=True)
class Part:
    """Articles with what a network that has not seen them says about each; ``plain``: without the lexicon."""

    articles: list[Labelled]
    readings: list[RawReading]
    plain: list[RawReading]

    def __add__(self, other: Part) -> Part:
        return Part(self.articles + other.articles, self.readings + other.readings, self.plain + other.plain)


@dataclass(frozen=True)
class Fold:
    """A model with the articles it has not seen: those that are measured, and those kept for calibration."""

    config: FramingConfig
    held: Part
    kept: Part


class Candidate:
    """A trained model that reads articles, with and without the lexicon."""

    def __init__(self, folder: Path, decoding: Decoding) -> None:
        self.model: FramingModel
        self.tokenizer: Tokenizer
        self.model, self.tokenizer = load_folder(folder, codebook())
        self.decoding = decoding

    def read(self, articles: Sequence[Labelled]) -> Part:
        """Return what the network says, before calibration."""
        config = self.model.config
        encoder = TextEncoder(self.tokenizer, size=config.window_tokens, context=config.window_context)
        lexicon = LexiconFeatures(LexiconSuggester.load(LEXICON, codebook()), config.devices)
        texts = [article.document.text for article in articles]
        both = [
            list(Reader(self.model, encoder, decoding=self.decoding, lexicon=one).read(texts))
            for one in (lexicon, None)
        ]
        return Part(list(articles), *both)


def fit(part: Part, config: FramingConfig, *, plain: bool = False) -> Calibration:
    """Return a calibration fitted to what networks say about articles they have not seen."""
    gold, texts = [a.gold for a in part.articles], [a.document.text for a in part.articles]
    return fit_calibration(part.plain if plain else part.readings, gold, config, texts=texts)


def interpret(part: Part, calibration: Calibration, config: FramingConfig, *, plain: bool = False) -> list[Whole]:
    """Return the suggestions for each article."""
    interpreter = Interpreter(config, calibration)
    return [
        interpreter.whole(a.document, reading)
        for a, reading in zip(part.articles, part.plain if plain else part.readings, strict=True)
    ]


def compare(fold: Fold, others: Sequence[Fold]) -> dict[str, list[Whole]]:
    """Return what each way of suggesting says about one fold, calibrated on everything else that is held out."""
    fitted_on = sum((other.held for other in others), fold.kept)
    calibration = fit(fitted_on, fold.config)
    found = {
        "model": interpret(fold.held, calibration, fold.config),
        "network": interpret(fold.held, fit(fitted_on, fold.config, plain=True), fold.config, plain=True),
        "rules for voice": interpret(fold.held, replace(calibration, voice=[], polarity=[]), fold.config),
    }
    alone = list(LexiconSuggester.load(LEXICON, codebook()).suggest(a.document for a in fold.held.articles))
    found["lexicon"] = [(one, one.frames) for one in alone]
    found["both"] = [(joined(cut, other), frames) for (cut, frames), other in zip(found["model"], alone, strict=True)]
    return found


def main() -> None:
    """Read held-out articles, fit, measure, write."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    decoding = Decoding(floor=options.floor, ratio=options.ratio)
    articles = read_corpus(options.data)
    fold_of = folds(articles)
    kept = read_pool(options.pool, "calibration")
    read = []
    for number, folder in options.folds:
        candidate = Candidate(folder, decoding)
        held = [article for article, fold in zip(articles, fold_of, strict=True) if fold == number]
        read.append(Fold(candidate.model.config, candidate.read(held), candidate.read(kept)))
        print(f"fold {number}: {len(held)} articles read", flush=True)
    measured = Measured()
    for fold in read:
        measured.add(fold.held.articles, compare(fold, [other for other in read if other is not fold]))
    reports = measured.reports(samples=options.samples)
    print(json.dumps({name: headline(figures) for name, figures in reports.items()}, indent=1))
    if options.output:
        shipped = Candidate(options.final or options.folds[0][1], decoding)
        ship(options, shipped, sum((fold.held for fold in read), shipped.read(kept)), reports)


def headline(figures: dict[str, Any]) -> dict[str, object]:
    """Return the figures people ask for first."""
    return {
        "partial": figures["spans_partial"]["f1"],
        "with device": figures["spans_partial_with_device"]["f1"],
        "exact": figures["spans_exact_with_device"]["f1"],
        **{key: figures[key] for key in figures if key.endswith(("_f1", "_matched")) or key.startswith("calibration")},
    }


def ship(options: argparse.Namespace, shipped: Candidate, fitted_on: Part, reports: dict[str, Any]) -> None:
    """Write the model to ship with its calibration, lexicon, figures and card."""
    config = shipped.model.config
    config.calibration = fit(fitted_on, config).to_record()
    config.decoding = asdict(shipped.decoding)
    config.release = options.release
    save_folder(options.output, shipped.model, shipped.tokenizer, lexicon=LEXICON)
    sentence = measured_sentence(options, reports["model"]["documents"])
    record = {**reports, "measured_on": sentence}
    (options.output / "metrics.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    write_figures(options.output)


def measured_sentence(options: argparse.Namespace, count: int) -> str:
    """Say for the card which articles were measured, and whether the shipped weights have seen them."""
    shared = (
        "No event is told on both sides. Calibration and thresholds were fitted on other articles, which the network "
        "that read them had not seen either."
    )
    if options.final is None:
        return f"Measured on {count} articles that the shipped weights have not seen, split by event. {shared}"
    return (
        f"Measured on {count} articles, each read by a model of the same recipe that has not seen it "
        f"({len(options.folds)} of {FOLDS} folds, split by event); the shipped weights learned from all. {shared}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pool", type=Path, nargs="+", required=True)
    parser.add_argument("--folds", type=_fold, nargs="+", required=True, metavar="FOLD=FOLDER")
    parser.add_argument("--final", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--release", default="news-framing-minilm@0.2.0")
    parser.add_argument("--floor", type=float, default=Decoding().floor)
    parser.add_argument("--ratio", type=float, default=Decoding().ratio)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def _fold(word: str) -> tuple[int, Path]:
    number, _, folder = word.partition("=")
    return int(number), Path(folder)


if __name__ == "__main__":
    main()

"""Calibrate models and measure them on articles they were not trained on.

    python -m benchmarks.quality.measure_news_framing --data news_framing.jsonl --pool fa_kes.jsonl pool_syria.jsonl \\
        --folds 0=runs/fold0 1=runs/fold1 --output models/news-framing-minilm --release news-framing-minilm@0.2.0

``--folds`` names models trained without fold 0, 1, …. Each is calibrated on the calibration part of the pool, which
no model learns from, and then reads the fold it has not seen: nothing is fitted on the articles that are measured.
The model shipped is ``--final``, or the first fold's.
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

from annotator.annotations import Suggestions
from annotator.classifier.calibration import Calibration
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.fitting import fit_calibration
from annotator.classifier.folder import load_folder, save_folder
from annotator.classifier.interpreting import Interpreter
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.lexicon_features import LexiconFeatures
from annotator.classifier.modeling import FramingModel
from annotator.classifier.reading import RawReading, Reader
from annotator.evaluation import judge, report
from annotator.resources import resource
from annotator.workflows.score import without_overlaps
from benchmarks.quality.card import write_figures
from benchmarks.quality.news_framing import FOLDS, Labelled, codebook, folds, read_corpus
from benchmarks.quality.pool_labels import read_pool

LEXICON = resource("labels", "news-framing", "lexicon.yaml")
Found = tuple[Suggestions, Suggestions]
"""What is suggested, and the same with every article frame."""


@dataclass
class Measured:
    """Held-out articles with what each way of suggesting says about them."""

    held: list[Labelled] = field(default_factory=list)
    found: dict[str, list[Found]] = field(default_factory=dict)

    def add(self, articles: Sequence[Labelled], found: dict[str, list[Found]]) -> None:
        """Add one fold."""
        self.held += articles
        for name, suggestions in found.items():
            self.found.setdefault(name, []).extend(suggestions)

    def reports(self, *, samples: int) -> dict[str, Any]:
        """Return the report of each way."""
        return {name: self._report(found, samples) for name, found in self.found.items()}

    def _report(self, found: Sequence[Found], samples: int) -> dict[str, Any]:
        judged = [
            judge(article.gold, cut, codebook(), all_frames=whole.frames)
            for article, (cut, whole) in zip(self.held, found, strict=True)
        ]
        return report(judged, codebook(), samples=samples)


class Candidate:
    """A trained model that reads articles, with or without the lexicon."""

    def __init__(self, folder: Path, decoding: Decoding) -> None:
        self.model: FramingModel
        self.tokenizer: Tokenizer
        self.model, self.tokenizer = load_folder(folder, codebook())
        self.decoding = decoding

    def read(self, articles: Sequence[Labelled], *, with_list: bool = True) -> list[RawReading]:
        """Return what the network says, before calibration."""
        config = self.model.config
        encoder = TextEncoder(self.tokenizer, size=config.window_tokens, context=config.window_context)
        lexicon = LexiconFeatures(LexiconSuggester.load(LEXICON, codebook()), config.devices) if with_list else None
        reader = Reader(self.model, encoder, decoding=self.decoding, lexicon=lexicon)
        return list(reader.read(article.document.text for article in articles))

    def fit(self, articles: Sequence[Labelled], readings: Sequence[RawReading]) -> Calibration:
        """Return a calibration fitted to what the network says about articles it has not seen."""
        gold, texts = [a.gold for a in articles], [a.document.text for a in articles]
        return fit_calibration(readings, gold, self.model.config, texts=texts)

    def interpret(
        self, articles: Sequence[Labelled], readings: Sequence[RawReading], calibration: Calibration
    ) -> list[Found]:
        """Return the suggestions for each article."""
        interpreter = Interpreter(self.model.config, calibration)
        return [
            (
                interpreter.suggestions(a.document, reading),
                interpreter.suggestions(a.document, reading, all_frames=True),
            )
            for a, reading in zip(articles, readings, strict=True)
        ]

    def compare(self, held: Sequence[Labelled], fitted_on: Sequence[Labelled]) -> dict[str, list[Found]]:
        """Return what each way of suggesting says about one fold."""
        found: dict[str, list[Found]] = {}
        for name, with_list in (("model", True), ("network", False)):
            calibration = self.fit(fitted_on, self.read(fitted_on, with_list=with_list))
            readings = self.read(held, with_list=with_list)
            found[name] = self.interpret(held, readings, calibration)
            if name == "model":
                rules = replace(calibration, voice=[], polarity=[])
                found["rules for voice"] = self.interpret(held, readings, rules)
        lexicon = LexiconSuggester.load(LEXICON, codebook())
        alone = list(lexicon.suggest(article.document for article in held))
        found["lexicon"] = [(one, one) for one in alone]
        found["both"] = [
            (_joined(cut, other), whole) for (cut, whole), other in zip(found["model"], alone, strict=True)
        ]
        return found


def main() -> None:
    """Read held-out articles, fit, measure, write."""
    options = _parser().parse_args()
    torch.set_num_threads(options.threads)
    decoding = Decoding(floor=options.floor, ratio=options.ratio)
    articles = read_corpus(options.data)
    fold_of = folds(articles)
    fitted_on = read_pool(options.pool, "calibration")
    measured = Measured()
    for number, folder in options.folds:
        held = [article for article, fold in zip(articles, fold_of, strict=True) if fold == number]
        measured.add(held, Candidate(folder, decoding).compare(held, fitted_on))
        print(f"fold {number}: {len(held)} articles read", flush=True)
    reports = measured.reports(samples=options.samples)
    print(json.dumps({name: headline(figures) for name, figures in reports.items()}, indent=1))
    if options.output:
        ship(options, Candidate(options.final or options.folds[0][1], decoding), fitted_on, reports)


def headline(figures: dict[str, Any]) -> dict[str, object]:
    """Return the figures people ask for first."""
    return {
        "partial": figures["spans_partial"]["f1"],
        "with device": figures["spans_partial_with_device"]["f1"],
        "exact": figures["spans_exact_with_device"]["f1"],
        **{key: figures[key] for key in figures if key.endswith(("_f1", "_matched")) or key.startswith("calibration")},
    }


def ship(
    options: argparse.Namespace, shipped: Candidate, fitted_on: Sequence[Labelled], reports: dict[str, Any]
) -> None:
    """Write the model to ship with its calibration, lexicon, figures and card."""
    config = shipped.model.config
    config.calibration = shipped.fit(fitted_on, shipped.read(fitted_on)).to_record()
    config.decoding = asdict(shipped.decoding)
    config.release = options.release
    save_folder(options.output, shipped.model, shipped.tokenizer, lexicon=LEXICON)
    sentence = measured_sentence(options, reports["model"]["documents"], len(fitted_on))
    record = {**reports, "measured_on": sentence}
    (options.output / "metrics.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    write_figures(options.output)


def measured_sentence(options: argparse.Namespace, count: int, fitted_on: int) -> str:
    """Say for the card which articles were measured, and whether the shipped weights have seen them."""
    shared = (
        f"No event is told on both sides. Calibration and thresholds were fitted on {fitted_on} other articles "
        "that no model learned from."
    )
    if options.final is None:
        return f"Measured on {count} articles that the shipped weights have not seen, split by event. {shared}"
    return (
        f"Measured on {count} articles, each read by a model of the same recipe that has not seen it "
        f"({len(options.folds)} of {FOLDS} folds, split by event); the shipped weights learned from all. {shared}"
    )


def _joined(model: Suggestions, lexicon: Suggestions) -> Suggestions:
    """Add the lexicon's spans that overlap none of the model's, as ``--suggester both`` does."""
    first, second = without_overlaps([model, lexicon])
    return replace(first, spans=first.spans + second.spans)


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

"""Calibrate a model and measure it on articles it was not trained on.

    python -m benchmarks.quality.measure_news_framing --data news_framing.jsonl --folds runs/fold0 … runs/fold4 \\
        --final runs/all --output models/news-framing-minilm --release news-framing-minilm@0.1.0

``--folds`` names models trained without fold 0, 1, …; each reads the fold it has not seen. Calibration and
thresholds for measuring are fitted on four fifths of those readings and used on the last fifth, in turn; those
that are shipped are fitted on all of them. Without ``--final`` the first fold's model is shipped.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from annotator.annotations import Suggestions
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.fitting import fit_calibration
from annotator.classifier.folder import load_folder, save_folder
from annotator.classifier.interpreting import Interpreter
from annotator.classifier.modeling import FramingConfig
from annotator.classifier.reading import RawReading, Reader
from annotator.evaluation import judge, report
from annotator.workflows.score import without_overlaps
from annotator.workflows.suggesters import load_lexicon
from benchmarks.quality.card import write_figures
from benchmarks.quality.news_framing import FOLDS, Labelled, codebook, folds, read_corpus

PARTS = 5


def main() -> None:
    """Read held-out articles, fit, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=Path, nargs="+", required=True)
    parser.add_argument("--final", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--release", default="news-framing-minilm@0.1.0")
    parser.add_argument("--ratio", type=float, default=Decoding().ratio)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    decoding = Decoding(ratio=options.ratio)
    articles = read_corpus(options.data)
    fold_of = folds(articles)
    held, readings = [], []
    for number, folder in enumerate(options.folds):
        mine = [article for article, fold in zip(articles, fold_of, strict=True) if fold == number]
        readings += read_with(folder, mine, decoding)
        held += mine
    config = load_folder(options.folds[0], codebook())[0].config
    model = cross_fitted(held, readings, config)
    lexicon = list(load_lexicon(codebook()).suggest(article.document for article in held))
    both = [(merged(cut, other), whole) for (cut, whole), other in zip(model, lexicon, strict=True)]
    figures = {"model": measure(held, model), "lexicon": measure(held, lexicon), "both": measure(held, both)}
    print(json.dumps({name: headline(figure) for name, figure in figures.items()}, indent=1))
    if options.output:
        ship(options, held, readings, decoding, figures)


def read_with(folder: Path, articles: list[Labelled], decoding: Decoding) -> list[RawReading]:
    """Read articles with the model of one folder."""
    model, tokenizer = load_folder(folder, codebook())
    encoder = TextEncoder(tokenizer, size=model.config.window_tokens, context=model.config.window_context)
    return list(Reader(model, encoder, decoding=decoding).read(article.document.text for article in articles))


def cross_fitted(
    articles: list[Labelled], readings: list[RawReading], config: FramingConfig
) -> list[tuple[Suggestions, Suggestions]]:
    """Interpret each reading with a calibration fitted on other articles; second item: with every frame."""
    part_of = folds(articles, count=PARTS, seed=2)
    found: dict[int, tuple[Suggestions, Suggestions]] = {}
    for part in range(PARTS):
        others = [i for i, p in enumerate(part_of) if p != part]
        calibration = fit_calibration([readings[i] for i in others], [articles[i].gold for i in others], config)
        interpreter = Interpreter(config, calibration)
        for i in (i for i, p in enumerate(part_of) if p == part):
            document = articles[i].document
            found[i] = (
                interpreter.suggestions(document, readings[i]),
                interpreter.suggestions(document, readings[i], all_frames=True),
            )
    return [found[i] for i in range(len(articles))]


def measure(
    articles: list[Labelled], found: list[tuple[Suggestions, Suggestions]] | list[Suggestions]
) -> dict[str, Any]:
    """Return the full report."""
    judged = []
    for article, one in zip(articles, found, strict=True):
        cut, whole = one if isinstance(one, tuple) else (one, one)
        judged.append(judge(article.gold, cut, codebook(), all_frames=whole.frames))
    return report(judged, codebook())


def merged(model: Suggestions, lexicon: Suggestions) -> Suggestions:
    """Add the lexicon's spans that overlap none of the model's, as ``--suggester both`` does."""
    first, second = without_overlaps([model, lexicon])
    return replace(first, spans=first.spans + second.spans)


def headline(figures: dict[str, Any]) -> dict[str, object]:
    """Return the figures people ask for first."""
    return {
        "partial": figures["spans_partial"],
        "with device": figures["spans_partial_with_device"]["f1"],
        "exact": figures["spans_exact_with_device"]["f1"],
        **{key: figures[key] for key in figures if key.endswith(("_f1", "_matched")) or key.startswith("calibration")},
    }


def ship(
    options: argparse.Namespace,
    articles: list[Labelled],
    readings: list[RawReading],
    decoding: Decoding,
    figures: dict[str, dict[str, Any]],
) -> None:
    """Write the model to ship with its calibration and figures."""
    model, tokenizer = load_folder(options.final or options.folds[0], codebook())
    calibration = fit_calibration(readings, [article.gold for article in articles], model.config)
    model.config.calibration = calibration.to_record()
    model.config.decoding = asdict(decoding)
    model.config.release = options.release
    save_folder(options.output, model, tokenizer)
    (options.output / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    write_figures(options.output, split=split_sentence(options, len(articles)))


def split_sentence(options: argparse.Namespace, count: int) -> str:
    """Say for the card which articles were measured, and whether the shipped weights have seen them."""
    shared = "No event is told on both sides. Calibration and thresholds are cross-fitted within the measured articles."
    if options.final is None:
        return f"Measured on {count} articles that the shipped weights have not seen, split by event. {shared}"
    return (
        f"Measured on {count} articles, each read by a model of the same recipe that has not seen it "
        f"({len(options.folds)} of {FOLDS} folds, split by event); the shipped weights learned from all. {shared}"
    )


if __name__ == "__main__":
    main()

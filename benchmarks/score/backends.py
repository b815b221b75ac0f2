"""What faster backends lose: quality figures of each, less those of PyTorch in full precision, on held-out articles.

    python -m benchmarks.score.backends --data news_framing.jsonl --pool fa_kes.jsonl pool_syria.jsonl \\
        --folds 0=runs/fold0 1=runs/fold1 --work run/

Folds and calibration are those of ``benchmarks/quality/measure_news_framing.py``: each article is read by a network
that has not seen it. Calibration and thresholds are fitted once, to what full precision says about other articles,
and used for every backend, as with the shipped model. What a backend says about a fold is kept in ``--work``, so that a
second run goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from annotator.classifier.backend import Backend, check_choice, torch_backend
from annotator.classifier.backend_cache import ModelCache
from annotator.classifier.calibration import Calibration
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.fitting import fit_calibration
from annotator.classifier.folder import load_folder
from annotator.classifier.interpreting import Interpreter
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.lexicon_features import LexiconFeatures
from annotator.classifier.modeling import FramingConfig
from annotator.classifier.openvino_ import OpenvinoBackend, prepared
from annotator.classifier.reading import RawReading, Reader
from annotator.evaluation import Judged, differences, judge, report
from annotator.resources import resource
from benchmarks.quality.measure_news_framing import headline
from benchmarks.quality.news_framing import Labelled, codebook, folds, read_corpus
from benchmarks.quality.pool_labels import read_pool

REFERENCE = "torch-fp32"
RESULTS = Path(__file__).parent / "results" / "backends.json"
ARRAYS = tuple(field.name for field in fields(RawReading) if field.name != "notes")


@dataclass(frozen=True)
class Network:
    """A trained network and where the readings of it are kept."""

    fold: int
    folder: Path
    work: Path
    threads: int

    @property
    def config(self) -> FramingConfig:
        """Its labels; nothing fitted."""
        return load_folder(self.folder, codebook())[0].config

    def read(self, articles: Sequence[Labelled], name: str, *, part: str) -> list[RawReading]:
        """Return what the network says about articles with one backend, from ``work`` if it was read before."""
        kept = self.work / f"fold{self.fold}-{name}-{part}.npz"
        if not kept.is_file():
            started = time.process_time()
            readings = list(self._reader(name).read(article.document.text for article in articles))
            save(kept, readings)
            seconds = time.process_time() - started
            print(f"fold {self.fold}, {name}, {part}: {len(articles)} articles, {seconds:.0f} CPU seconds", flush=True)
        return load(kept)

    def _reader(self, name: str) -> Reader:
        model, tokenizer = load_folder(self.folder, codebook())
        config = model.config
        if name == "openvino":
            files = prepared(self.folder, cache=ModelCache(self.work / "converted"), on_warning=print)
            assert files is not None
            backend: Backend = OpenvinoBackend(files, threads=self.threads)
        else:
            backend = torch_backend(model, check_choice(name), threads=self.threads)
        texts = TextEncoder(tokenizer, size=config.window_tokens, context=config.window_context)
        lexicon = LexiconSuggester.load(resource("labels", "news-framing", "lexicon.yaml"), codebook())
        features = LexiconFeatures(lexicon, config.devices)
        return Reader(model, texts, decoding=Decoding(), lexicon=features, backend=backend)


def save(path: Path, readings: Sequence[RawReading]) -> None:
    """Write readings as arrays, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"{number} {name}": getattr(one, name) for number, one in enumerate(readings) for name in ARRAYS}
    fresh = path.with_suffix(".new.npz")
    np.savez_compressed(fresh, allow_pickle=False, **arrays)
    fresh.replace(path)


def load(path: Path) -> list[RawReading]:
    """Return what :func:`save` wrote."""
    with np.load(path) as arrays:
        count = len(arrays.files) // len(ARRAYS)
        return [RawReading(**{name: arrays[f"{number} {name}"] for name in ARRAYS}) for number in range(count)]


def fitted(
    networks: Sequence[Network], one: Network, parts: dict[int, list[Labelled]], pool: list[Labelled]
) -> Calibration:
    """Return a calibration fitted to what full precision says about everything held out but one network's fold."""
    articles, readings = list(pool), one.read(pool, REFERENCE, part="pool")
    for other in networks:
        if other is not one:
            articles += parts[other.fold]
            readings += other.read(parts[other.fold], REFERENCE, part="held")
    texts = [article.document.text for article in articles]
    return fit_calibration(readings, [article.gold for article in articles], one.config, texts=texts)


def judged(articles: Sequence[Labelled], readings: Sequence[RawReading], interpreter: Interpreter) -> list[Judged]:
    """Return what each article contributes to the figures."""
    found = [interpreter.whole(a.document, reading) for a, reading in zip(articles, readings, strict=True)]
    return [
        judge(article.gold, cut, codebook(), all_frames=frames)
        for article, (cut, frames) in zip(articles, found, strict=True)
    ]


def main() -> None:
    """Read each fold with each backend, compare, write."""
    options = _parser().parse_args()
    articles = read_corpus(options.data)
    fold_of = folds(articles)
    pool = read_pool(options.pool, "calibration")
    networks = [Network(fold, folder, options.work, options.threads) for fold, folder in options.folds]
    parts = {n.fold: [a for a, f in zip(articles, fold_of, strict=True) if f == n.fold] for n in networks}
    rows: dict[str, list[Judged]] = {}
    for network in networks:
        held = parts[network.fold]
        interpreter = Interpreter(network.config, fitted(networks, network, parts, pool))
        for name in (REFERENCE, *options.backends):
            rows.setdefault(name, []).extend(judged(held, network.read(held, name, part="held"), interpreter))
    result = over_all(rows, samples=options.samples)
    result = {"folds": [n.fold for n in networks], "articles": len(rows[REFERENCE]), **result}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    for name, figures in result["less_than_reference"].items():
        print(name, json.dumps(dict(figures.items()), indent=1))


def over_all(rows: dict[str, list[Judged]], *, samples: int) -> dict[str, Any]:
    """Return the figures of each backend, and how far each is from the reference."""
    return {
        "reference": REFERENCE,
        "figures": {name: headline(report(found, codebook(), samples=samples)) for name, found in rows.items()},
        "less_than_reference": {
            name: differences(rows[REFERENCE], found, codebook(), samples=samples)
            for name, found in rows.items()
            if name != REFERENCE
        },
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pool", type=Path, nargs="+", required=True)
    parser.add_argument("--folds", type=_fold, nargs="+", required=True, metavar="FOLD=FOLDER")
    parser.add_argument("--backends", nargs="+", default=["torch-bf16", "openvino"])
    parser.add_argument("--work", type=Path, required=True, help="Folder for what was read and converted.")
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    return parser


def _fold(word: str) -> tuple[int, Path]:
    number, _, folder = word.partition("=")
    return int(number), Path(folder)


if __name__ == "__main__":
    main()

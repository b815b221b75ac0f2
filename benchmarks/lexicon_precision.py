"""Estimate how often annotators mark what each lexicon entry matches, and how well the whole lexicon does.

    python benchmarks/lexicon_precision.py CORPUS.jsonl [--write] [--rows 40]

CORPUS is an annotated corpus (docs/data-model.md). The table on stdout gives precision, recall and F1 of the spans by
the partial-overlap measure of SemEval-2020 task 11, five-fold by document: each document is scored with probabilities
estimated on the documents of the other folds. ``--write`` stores in lexicon.yaml the probabilities estimated on all
documents. Entries matched by no document get the mean of their device.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from annotator.classifier.lexicon import LexiconSuggester, Match
from annotator.codebook_file import load_codebook
from annotator.lexicon_file import Entry

FOLDER = Path(__file__).parents[1] / "labels" / "news-framing"
FOLDS = 5
WEIGHT = 4.0
"""How many imagined matches at the device's mean each entry starts with."""
OVERLAP = 0.5
"""Share of the longer of two spans that both must cover to count as the same."""
THRESHOLDS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)

Labelled = tuple[int, int, str]
Estimate = Callable[[Entry], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--write", action="store_true", help="store the probabilities in lexicon.yaml")
    parser.add_argument("--rows", type=int, default=0, help="also list the entries with most matches")
    options = parser.parse_args()
    documents = [json.loads(line) for line in options.corpus.read_text(encoding="utf-8").splitlines() if line.strip()]
    suggester = LexiconSuggester.load(FOLDER, load_codebook(FOLDER))
    matched = {document["id"]: suggester.matches(document["text"]) for document in documents}
    print_table(documents, matched)
    estimate, counts = estimated(documents, matched)
    for entry in sorted(suggester.lexicon.entries, key=lambda e: -counts.get(e.pattern, (0, 0))[0])[: options.rows]:
        found, hits = counts.get(entry.pattern, (0, 0))
        print(f"{found:5} {hits:5} {estimate(entry):.2f} {entry.device:26} {entry.pattern[:70]}")
    if options.write:
        write_probabilities(
            FOLDER / "lexicon.yaml", {entry.line: estimate(entry) for entry in suggester.lexicon.entries}
        )


def gold_spans(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the gold spans, or those of the first annotation where there is no gold."""
    source = document.get("gold") or document["annotations"][0]
    spans: list[dict[str, Any]] = source["spans"]
    return spans


def fold_of(document: dict[str, Any]) -> int:
    return int(hashlib.md5(document["id"].encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def is_hit(match: Match, gold: Iterable[dict[str, Any]]) -> bool:
    """Whether a gold span has the match's device and both cover half of the longer one."""
    for span in gold:
        shared = min(match.span.end, span["end"]) - max(match.span.start, span["start"])
        longer = max(len(match.span), span["end"] - span["start"])
        if shared >= OVERLAP * longer and span["device"] == match.entry.device:
            return True
    return False


def estimated(
    documents: Iterable[dict[str, Any]], matched: dict[str, list[Match]]
) -> tuple[Estimate, dict[str, tuple[int, int]]]:
    """Return the shrunken precision of entries, and pattern → (matches, hits)."""
    found, hits, device_found, device_hits = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for document in documents:
        gold = gold_spans(document)
        for match in matched[document["id"]]:
            hit = is_hit(match, gold)
            found[match.entry.pattern] += 1
            hits[match.entry.pattern] += hit
            device_found[match.entry.device] += 1
            device_hits[match.entry.device] += hit

    def estimate(entry: Entry) -> float:
        mean = device_hits[entry.device] / max(1, device_found[entry.device])
        return (hits[entry.pattern] + WEIGHT * mean) / (found[entry.pattern] + WEIGHT)

    return estimate, {pattern: (found[pattern], hits[pattern]) for pattern in found}


def print_table(documents: Sequence[dict[str, Any]], matched: dict[str, list[Match]]) -> None:
    folds = [estimated([d for d in documents if fold_of(d) != fold], matched)[0] for fold in range(FOLDS)]
    print("threshold   with device: P     R     F1    without: P     R     F1")
    for threshold in THRESHOLDS:
        pairs = []
        for document in documents:
            estimate = folds[fold_of(document)]
            kept = [m for m in matched[document["id"]] if estimate(m.entry) >= threshold]
            predicted = [(m.span.start, m.span.end, m.entry.device) for m in kept]
            pairs.append((predicted, [(s["start"], s["end"], s["device"]) for s in gold_spans(document)]))
        bare = [([(s, e, "") for s, e, _ in p], [(s, e, "") for s, e, _ in g]) for p, g in pairs]
        figures = [*partial_overlap(pairs), *partial_overlap(bare)]
        print(f"{threshold:9.2f}               " + " ".join(f"{figure:.3f}" for figure in figures))


def merged(spans: Iterable[Labelled]) -> list[Labelled]:
    """Join overlapping spans of one label, so that recall cannot pass 1."""
    found: list[Labelled] = []
    for start, end, label in sorted(spans, key=lambda span: (span[2], span[0], span[1])):
        if found and found[-1][2] == label and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]), label)
        else:
            found.append((start, end, label))
    return found


def partial_overlap(pairs: Iterable[tuple[list[Labelled], list[Labelled]]]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of SemEval-2020 task 11, micro over the documents."""
    precision = recall = 0.0
    predictions = golds = 0
    for raw_predicted, raw_gold in pairs:
        predicted, gold = merged(raw_predicted), merged(raw_gold)
        predictions, golds = predictions + len(predicted), golds + len(gold)
        for start, end, label in predicted:
            for other_start, other_end, other in gold:
                shared = min(end, other_end) - max(start, other_start)
                if label == other and shared > 0:
                    precision += shared / (end - start)
                    recall += shared / (other_end - other_start)
    precision, recall = precision / max(1, predictions), recall / max(1, golds)
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def write_probabilities(path: Path, by_line: dict[int, float]) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, probability in by_line.items():
        lines[number - 1] = re.sub(r"probability: [0-9.]+", f"probability: {probability:.2f}", lines[number - 1])
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

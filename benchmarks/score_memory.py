"""Measure whether the memory of scoring grows with the number of articles.

    python -m benchmarks.score_memory --articles 200 2000

Each run scores that many invented articles of about 400 words in a fresh process and reports the highest memory.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from annotator.workflows.score import Which, score_texts

WORDS = (
    *("the", "council", "said", "on", "monday", "that", "brutal", "regime", "forces"),
    *("seized", "stolen", "oil", "near", "illicit", "bases", "in", "the", "valley"),
)


def texts(count: int, *, words: int = 400) -> Iterator[str]:
    """Yield invented articles, each different."""
    draw = random.Random(5)
    for _ in range(count):
        sentences = (" ".join(draw.choices(WORDS, k=16)).capitalize() + "." for _ in range(words // 16))
        yield " ".join(sentences)


def run(count: int, suggester: Which) -> None:
    """Score ``count`` articles here; print one line of JSON."""
    started = time.monotonic()
    spans = sum(len(record["spans"]) for record in score_texts(texts(count), suggester=suggester))
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"articles": count, "spans": spans, "seconds": round(seconds, 1), "peak_mb": round(peak)}))


def main() -> None:
    """Run each size in its own process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--suggester", choices=["model", "lexicon", "both"], default="both")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        run(options.articles[0], options.suggester)
        return
    for count in options.articles:
        again = [sys.executable, "-m", "benchmarks.score_memory", "--here", "--articles", str(count)]
        subprocess.run([*again, "--suggester", options.suggester], check=True)


if __name__ == "__main__":
    main()

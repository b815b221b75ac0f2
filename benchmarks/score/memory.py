"""Whether the memory of scoring grows with the number of articles.

    python -m benchmarks.score.memory --output run/ --articles 1000 200000

Scores that many invented articles, each different, in processes of their own, and reports the largest memory that any
one process of a run had. Articles are short, so that two hundred thousand take minutes; what could grow with their
number (plans, reports, parts, caches) grows as it would with long ones.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.score.throughput import timed

RESULTS = Path(__file__).parent / "results" / "memory.json"
WORDS = (
    *("the", "council", "said", "on", "monday", "that", "brutal", "regime", "forces"),
    *("seized", "stolen", "oil", "near", "illicit", "bases", "in", "the", "valley"),
)


def articles(count: int, *, words: int) -> Iterator[str]:
    """Yield invented articles as JSON lines."""
    draw = random.Random(5)
    for number in range(count):
        sentences = (" ".join(draw.choices(WORDS, k=16)).capitalize() + "." for _ in range(words // 16))
        yield json.dumps({"id": f"a{number}", "text": " ".join(sentences)}) + "\n"


def main() -> None:
    """Score each size; print and write the peaks and how the last compares to the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="Folder for articles and what is scored.")
    parser.add_argument("--articles", type=int, nargs="+", default=[1_000, 200_000])
    parser.add_argument("--words", type=int, default=32, help="Of each article.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--suggester", choices=["model", "lexicon", "both"], default="both")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    found = []
    for count in options.articles:
        given = options.output / f"given-{count}.jsonl"
        with given.open("w", encoding="utf-8") as stream:
            stream.writelines(articles(count, words=options.words))
        line = [sys.executable, "-m", "annotator", "score", str(given), "-o", str(options.output / f"scored-{count}")]
        line += ["--workers", str(options.workers), "--suggester", options.suggester, "--force"]
        seconds, cpu, peak = timed(line)
        found.append({"articles": count, "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "peak_mb": peak})
        print(json.dumps(found[-1]), flush=True)
    summary = {"suggester": options.suggester, "workers": options.workers, "words": options.words, "runs": found,
               "last_to_first": round(found[-1]["peak_mb"] / found[0]["peak_mb"], 3)}  # fmt: skip
    RESULTS.write_text(json.dumps(summary, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

"""How fast articles are scored, end to end, every way in one run on the same articles.

    python -m benchmarks.score.throughput --data articles.jsonl more.jsonl --articles 1000 --output run/

Each way is a process of its own: the whole command from start to end, and, in ``seconds_net``, without what it takes to
score a single article, which is start-up. Machines differ and neighbours are noisy: the ratios count. Ways that
are measured already are skipped when the same ``--output`` is given again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "throughput.json"
SCORE = (sys.executable, "-m", "annotator", "score")
WAYS: dict[str, tuple[str, ...]] = {
    "pipeline, one by one, fp32": (),
    "torch fp32, 2 workers": ("--backend", "torch-fp32", "--workers", "2"),
    "torch bf16, 2 workers": ("--backend", "torch-bf16", "--workers", "2"),
    "openvino int8, 1 worker": ("--backend", "openvino", "--workers", "1"),
    "openvino int8, 2 workers": ("--backend", "openvino", "--workers", "2"),
    "openvino int8, 2 workers, model alone": ("--backend", "openvino", "--workers", "2", "--suggester", "model"),
    "openvino int8, 2 workers, through Ray": ("--backend", "openvino", "--workers", "2", "--engine", "ray"),
    "lexicon alone, 2 workers": ("--suggester", "lexicon", "--workers", "2"),
}
SLOW = {"pipeline, one by one, fp32", "torch fp32, 2 workers"}
"""Measured on fewer articles when ``--slow-articles`` says so; articles per second are compared."""


@dataclass(frozen=True)
class Measured:
    """One way: wall and processor seconds, and the largest memory any one process had."""

    articles: int
    words: int
    seconds: float
    seconds_net: float
    cpu_seconds: float
    peak_mb: int

    @property
    def rate(self) -> float:
        """Articles per second, start-up not counted."""
        return self.articles / max(self.seconds_net, 1e-9)


def articles(sources: Sequence[Path], count: int) -> Iterator[str]:
    """Yield JSON lines of ``count`` articles, the sources again from the start when they run out."""
    texts = [json.loads(line)["text"] for source in sources for line in source.open(encoding="utf-8")]
    for number, text in enumerate(itertools.islice(itertools.cycle(texts), count)):
        yield json.dumps({"id": f"a{number}", "outlet": f"Outlet {number % 7}", "text": text}, ensure_ascii=False)


def measure(name: str, given: Path, place: Path, *, single: Path, count: int, words: int) -> Measured:
    """Run one way on ``given`` and on a single article."""
    start_up, _, _ = timed(command(name, single, place / "single"))
    seconds, cpu, peak = timed(command(name, given, place / "all"))
    return Measured(count, words, round(seconds, 2), round(seconds - start_up, 2), round(cpu, 2), peak)


def command(name: str, given: Path, output: Path) -> list[str]:
    """Return the command line of one way."""
    if not WAYS[name]:
        return [sys.executable, "-m", "benchmarks.score.obvious_way", str(given), f"{output}.jsonl"]
    return [*SCORE, str(given), "-o", str(output), "--force", *WAYS[name]]


def timed(line: Sequence[str]) -> tuple[float, float, int]:
    """Return wall seconds, processor seconds of it and its children, and the largest peak memory in MB."""
    started = time.monotonic()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status:
        raise SystemExit(f"{' '.join(line)} ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main() -> None:
    """Measure the ways that are not measured yet; print and write a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="Articles as JSON Lines with a text.")
    parser.add_argument("--output", type=Path, required=True, help="Folder for what is scored; results stay in it.")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--slow-articles", type=int, help="For the slow ways.  [default: as many]")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.ways:
        count = (options.slow_articles or options.articles) if name in SLOW else options.articles
        place = options.output / name.replace(", ", "-").replace(" ", "-")
        place.mkdir(exist_ok=True)
        done = place / f"measured-{count}.json"
        if not done.exists():
            lines = list(articles(options.data, count))
            given, single = place / "given.jsonl", place / "one.jsonl"
            given.write_text("\n".join(lines) + "\n", "utf-8")
            single.write_text(lines[0] + "\n", "utf-8")
            words = sum(len(json.loads(line)["text"].split()) for line in lines)
            found = measure(name, given, place, single=single, count=count, words=words)
            done.write_text(json.dumps(asdict(found)), "utf-8")
        print(name, row(Measured(**json.loads(done.read_text("utf-8")))), flush=True)
    write_results(options.output)


def write_results(folder: Path) -> None:
    """Collect what was measured in ``folder``, with ratios to the obvious way."""
    rows: dict[str, Any] = {}
    for name in WAYS:
        place = folder / name.replace(", ", "-").replace(" ", "-")
        for done in sorted(place.glob("measured-*.json")):
            rows[name] = row(Measured(**json.loads(done.read_text("utf-8"))))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"cores": os.cpu_count(), "ways": rows}, indent=1) + "\n", "utf-8")


def row(found: Measured) -> dict[str, Any]:
    """Return one way's figures."""
    return asdict(found) | {"articles_per_second": round(found.rate, 2)}


if __name__ == "__main__":
    main()

"""How fast each backend runs the encoder on one thread: tokens per second of processor time, on the same windows.

    python -m benchmarks.score.backend_speed --data articles.jsonl --articles 40

The backends take turns, so that neighbours on the machine slow all of them alike: the ratios count. Loading the model
as PyTorch has it and as OpenVINO has it is timed in fresh processes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from annotator.classifier.backend import Backend, check_choice, fast_backend, torch_backend
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import load_folder, load_heads
from annotator.classifier.window_encoder import Ids, batched, pad_windows
from annotator.resources import default_model_path

RESULTS = Path(__file__).parent / "results" / "backend_speed.json"
LOADING = """
import sys, time
from annotator.classifier.model_suggester import ModelSuggester
from annotator.codebook_file import load_codebook
from annotator.resources import default_codebook_path, default_model_path
ModelSuggester.load(default_model_path(), load_codebook(default_codebook_path()), backend=sys.argv[1], threads=1)
print(time.process_time())
"""


def windows_of(path: Path, articles: int) -> list[Ids]:
    """Return the different windows of the first articles, as scoring would make them."""
    heads, tokenizer = load_heads(default_model_path(), None)
    texts = TextEncoder(tokenizer, size=heads.config.window_tokens, context=heads.config.window_context)
    with path.open(encoding="utf-8") as stream:
        rows = [json.loads(line)["text"] for line in itertools.islice(stream, articles)]
    return sorted({tuple(ids) for row in rows for ids in texts.window_ids(texts.encode(row))})


def backend_of(name: str) -> Backend:
    """Return a backend with the shipped model, on one thread."""
    choice, folder = check_choice(name), default_model_path()
    fast = fast_backend(choice, folder, threads=1, on_warning=print)
    return fast or torch_backend(load_folder(folder, None)[0], choice, threads=1)


def cpu_seconds(backend: Backend, windows: Sequence[Ids]) -> float:
    """Return the processor time of one pass over all windows."""
    batches = [pad_windows(batch, pad=0) for batch in batched(windows, backend.batch_tokens)]
    started = time.process_time()
    for _ in backend.encode(batches):
        pass
    return time.process_time() - started


def loading_seconds(name: str, times: int) -> float:
    """Return the least processor time a fresh process took to load the model."""
    command = [sys.executable, "-c", LOADING, name]
    return min(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(times))


def main() -> None:
    """Let the backends take turns; write rates and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--backends", nargs="+", default=["torch-fp32", "torch-bf16", "openvino"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    windows = windows_of(options.data, options.articles)
    tokens = sum(map(len, windows))
    backends = {name: backend_of(name) for name in options.backends}
    for backend in backends.values():
        cpu_seconds(backend, windows[:20])
    seconds: dict[str, list[float]] = {name: [] for name in backends}
    for _ in range(options.rounds):
        for name, backend in backends.items():
            seconds[name].append(cpu_seconds(backend, windows))
    first = seconds[options.backends[0]]
    rows: dict[str, Any] = {
        name: {
            "precision": backends[name].precision,
            "tokens_per_cpu_second": round(tokens / min(spent)),
            f"times_{options.backends[0]}": round(median(a / b for a, b in zip(first, spent, strict=True)), 2),
            "loading_cpu_seconds": round(loading_seconds(name, 2), 2),
        }
        for name, spent in seconds.items()
    }
    record = {"articles": options.articles, "windows": len(windows), "tokens": tokens, "threads": 1, "backends": rows}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()

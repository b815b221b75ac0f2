"""Model folders that describe themselves and hold no real weights."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.annotations import Agent, Suggestions
from annotator.documents import Document

CARD = """# {release}

![a picture](https://elsewhere.example/pixel.png) <script>alert(1)</script>

## Training data
40 articles, labelled **by two invented analysts**. Terms unknown.
"""


def report(f1: float = 0.6, *, documents: int = 20) -> dict[str, Any]:
    """Return made-up figures in the layout of ``annotator.evaluation.report``."""

    def figure(value: float) -> dict[str, Any]:
        return {"value": value, "interval": [round(value - 0.05, 4), round(value + 0.05, 4)]}

    def bar(n: int, guesses: int) -> dict[str, Any]:
        told = {"mean_probability": n / 10 + 0.05, "share_right": n / 10 + 0.02} if guesses else {}
        empty = {"mean_probability": None, "share_right": None}
        return {"low": n / 10, "high": (n + 1) / 10, "guesses": guesses, **(told or empty)}

    measures = {"precision": figure(f1 + 0.04), "recall": figure(f1 - 0.04), "f1": figure(f1)}
    return {
        "documents": documents,
        "gold_spans": 80,
        "suggested_spans": 75,
        "spans_partial": measures,
        "spans_partial_with_device": measures,
        "spans_exact_with_device": measures,
        "frames_micro_f1": figure(0.7),
        "frames_macro_f1": {"value": None, "reason": "no document has the labels this figure counts"},
        "voice_accuracy_on_matched": figure(0.9),
        "polarity_accuracy_on_matched": figure(0.85),
        "calibration_error_spans": figure(0.06),
        "calibration_error_frames": figure(0.06),
        "reliability_spans": [bar(n, (n + 3) % 7 * 4) for n in range(10)],
        "reliability_frames": [bar(n, 5) for n in range(10)],
        "by_device": {
            "name_calling": {"precision": 0.8, "recall": 0.7, "f1": 0.7467, "gold": 40, "suggested": 35},
            "doubt": {"precision": None, "recall": 0.0, "f1": None, "gold": 3, "suggested": 0},
        },
        "by_frame": {
            "Political": {"f1": 0.8, "gold": 10, "suggested": 10},
            "Morality": {"f1": None, "gold": 0, "suggested": 0},
        },
    }


def described_model(models: Path, name: str, *, version: str = "1", codebook: str = "news-framing@1") -> Path:
    """Write a folder that looks like a model from outside; loading it fails."""
    folder = models / name
    folder.mkdir(parents=True)
    config = {"model_type": "framing-annotator", "release": f"{name}@{version}", "codebook": codebook}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "model.safetensors").write_bytes(b"0" * 2_000_000)
    (folder / "tokenizer.json").write_text("{}", "utf-8")
    (folder / "README.md").write_text(CARD.format(release=config["release"]), "utf-8")
    metrics = {"model": report(), "lexicon": report(0.4), "measured_on": "20 articles with *invented* labels."}
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    return folder


@dataclass(frozen=True)
class Silent:
    """A suggester that finds what it was told to find in each document."""

    found: dict[str, Suggestions]
    version: str = "silent@1"
    agent: Agent = "model"
    codebook: str = "news-framing@1"

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        for document in documents:
            nothing = Suggestions(document.id, self.agent, self.version, self.codebook)
            yield self.found.get(document.id, nothing)

"""Label loaded phrases and framing in news articles, with suggestions from a fine-tuned model."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotator.workflows.score import score_texts as score_texts
    from annotator.workflows.score_dataset import score_dataset as score_dataset

__version__ = "0.1.0"
__all__ = ["__version__", "score_dataset", "score_texts"]

_LAZY = {"score_dataset": "annotator.workflows.score_dataset", "score_texts": "annotator.workflows.score"}
"""Public name → module; imported when first used, so that ``import annotator`` stays quick."""


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'annotator' has no attribute '{name}'")

"""The labelled articles of our own codebook, and how they are split."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from annotator.annotations import Annotation
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.formats import ReadOptions, Rejected, read_path
from annotator.resources import default_codebook_path

FOLDS = 5
SPLIT_SEED = 1


@dataclass(frozen=True)
class Labelled:
    """An article with the labels to learn, or to be measured against."""

    document: Document
    gold: Annotation


def codebook() -> Codebook:
    """Return the shipped codebook."""
    return load_codebook(default_codebook_path())


def read_corpus(path: Path) -> list[Labelled]:
    """Read labelled articles; every row must be good."""
    found = []
    for item in read_path(path, options=ReadOptions(codebook=codebook())):
        if isinstance(item, Rejected):
            raise FormatError(f"Cannot train on '{path}': {item.message}")
        gold = item.gold or (item.annotations[0] if item.annotations else None)
        if gold is not None:
            found.append(Labelled(item.document, gold))
    return found


def folds(articles: list[Labelled], *, count: int = FOLDS, seed: int = SPLIT_SEED) -> list[int]:
    """Return the fold of each article; articles that tell one event share a fold."""
    groups = sorted({_group(article) for article in articles})
    random.Random(seed).shuffle(groups)
    fold_of = {group: number % count for number, group in enumerate(groups)}
    return [fold_of[_group(article)] for article in articles]


def _group(article: Labelled) -> str:
    return article.document.event or article.document.id

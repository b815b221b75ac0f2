"""Documents with the labels held to be right: from a project, or from an annotated corpus file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from annotator.annotations import Annotation
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.formats import read_source
from annotator.formats.base import GOLD, ReadOptions, Rejected, Source
from annotator.store.base import Store


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Documents with the labels held to be right.

    Attributes:
        items: Each document with its gold.
        left_out: What was not used and why, a line each.
    """

    items: tuple[tuple[Document, Annotation], ...]
    left_out: tuple[str, ...] = ()


def choose_gold(gold: Annotation | None, annotations: Iterable[Annotation]) -> Annotation | None:
    """Return gold labels if there are any, else the only submitted annotation, else nothing."""
    listed = list(annotations)
    gold = gold or next((one for one in listed if one.annotator == GOLD), None)
    submitted = [one for one in listed if one.status == "submitted" and one.annotator != GOLD]
    return gold or (submitted[0] if len(submitted) == 1 else None)


def gold_of_project(store: Store, project_id: str) -> GoldSet:
    """Return a project's documents that have gold labels or exactly one submitted annotation."""
    items, several, without = [], 0, 0
    for document in store.iter_documents(project_id):
        annotations = store.annotations(project_id, document.id)
        if chosen := choose_gold(None, annotations):
            items.append((document, chosen))
        elif any(one.status == "submitted" for one in annotations):
            several += 1
        else:
            without += 1
    left_out = [
        f"{count} {'article' if count == 1 else 'articles'}: {reason}"
        for count, reason in (
            (several, "several people have submitted it and there are no gold labels yet"),
            (without, "nobody has submitted it"),
        )
        if count
    ]
    return GoldSet(tuple(items), tuple(left_out))


def gold_of_file(name: str, content: bytes, codebook: Codebook) -> GoldSet:
    """Return the documents of an annotated corpus (JSONL and the other formats with labels).

    Raises:
        FormatError: If no document in it has labels that can be used.
    """
    items, left_out = [], []
    for item in read_source(Source(name, content=content), options=ReadOptions(codebook=codebook)):
        if isinstance(item, Rejected):
            left_out.append(item.message)
        elif chosen := choose_gold(item.gold, item.annotations):
            items.append((item.document, chosen))
        else:
            left_out.append(f"{item.document.id}: no gold labels, and not exactly one submitted annotation")
    if not items:
        reason = left_out[0] if left_out else "it holds no article"
        raise FormatError(
            f"Cannot use {name} as a gold set: no article in it has usable labels ({reason}). It must be an "
            "annotated corpus as 'annotator export --format jsonl' writes it, with 'gold' or one submitted annotation."
        )
    return GoldSet(tuple(items), tuple(left_out))

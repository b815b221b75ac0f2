"""What is to be measured against: documents with gold labels, from files or a project, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.annotations import Annotation
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import AnnotatorError, FormatError, StoreError
from annotator.formats import Article, ReadOptions, Rejected, read_paths
from annotator.schemes import SCHEMES, Scheme, unreachable
from annotator.store.base import Store
from annotator.workflows.gold_sets import choose_gold, gold_of_project

GoldItem = tuple[Document, Annotation]


@dataclass(frozen=True, slots=True)
class GoldArticles:
    """Documents to measure against, and what could not be used.

    Attributes:
        items: Each document with its gold.
        codebook: Names the labels of the gold.
        scheme: The corpus whose labels they are, if it is one with labels of its own.
        rejected: Rows and files that could not be read or do not fit the codebook.
        without_gold: Documents that nobody has labelled, or not finished.
        undecided: Documents that several people submitted and nobody adjudicated.
        notes: What was unusual, for people; each said once.
    """

    items: tuple[GoldItem, ...]
    codebook: Codebook
    scheme: Scheme | None = None
    rejected: tuple[Rejected, ...] = ()
    without_gold: int = 0
    undecided: int = 0
    notes: tuple[str, ...] = ()


def gold_of(item: Article) -> Annotation | None:
    """Return the labels to measure an article against: gold, else the only submitted annotation, else ``None``."""
    return choose_gold(item.gold, item.annotations)


def read_gold(paths: Sequence[str | Path], codebook: Codebook, *, format: str | None = None) -> GoldArticles:
    """Read labelled articles.

    Args:
        paths: Files and folders.
        codebook: Of the suggester. Articles that say they were labelled with another one are refused.
        format: Name of the format. That of a research corpus means its own labels, whatever the codebook.

    Raises:
        FormatError: If no document with gold labels is left.
    """
    scheme = SCHEMES.get(format or "")
    labels = scheme.codebook() if scheme is not None else codebook
    items: list[GoldItem] = []
    rejected: list[Rejected] = []
    notes: Counter[str] = Counter()
    without = undecided = 0
    for item in _checked(paths, labels, format):
        if isinstance(item, Rejected):
            if item.skipped:
                notes[item.message] += 1
            else:
                rejected.append(item)
            continue
        notes.update(item.warnings)
        gold = gold_of(item)
        if gold is not None:
            items.append((item.document, gold))
        elif sum(one.status == "submitted" for one in item.annotations) > 1:
            undecided += 1
        else:
            without += 1
    if not items:
        raise _nothing_left(paths, rejected, without=without, undecided=undecided)
    said = tuple(f"{note} ({count} documents)" if count > 1 else note for note, count in notes.items())
    if scheme is not None:
        said += tuple(_out_of_reach(scheme, codebook, items))
    return GoldArticles(tuple(items), labels, scheme, tuple(rejected), without, undecided, said)


def read_project(store: Store, project_id: str) -> GoldArticles:
    """Return a project's documents with gold labels or exactly one submitted annotation.

    Raises:
        StoreError: If there is no such project, or nothing in it has been submitted.
    """
    codebook = store.project(project_id).codebook
    found = gold_of_project(store, project_id)
    if not found.items:
        raise StoreError(
            f"Cannot evaluate on project '{project_id}': no article in it has gold labels or exactly one submitted "
            f"annotation ({'; '.join(found.left_out) or 'it is empty'}). Submit some, or name a file with --data.",
            project_id=project_id,
        )
    return GoldArticles(found.items, codebook, notes=found.left_out)


def _checked(paths: Sequence[str | Path], codebook: Codebook, format: str | None) -> Iterator[Article | Rejected]:
    """Yield articles whose labels are all in the codebook; the others become rejections that say why."""
    # The labels are checked here rather than by the reader: another codebook is a better reason than its first label.
    for item in read_paths(paths, options=ReadOptions(annotator="annotator"), format=format):
        if isinstance(item, Rejected):
            yield item
            continue
        stated = item.codebook
        if stated and stated.partition("@")[0] != codebook.id:
            reason = (
                f"it was labelled with codebook '{stated}', but '{codebook.ref}' is in use. Name its codebook with "
                "--codebook, and a model trained for it with --model."
            )
            yield Rejected(item.name, item.line, reason)
            continue
        try:
            for annotation in (*item.annotations, *((item.gold,) if item.gold else ())):
                annotation.check(item.document.text, codebook)
        except AnnotatorError as error:
            yield Rejected(item.name, item.line, f"annotator '{annotation.annotator}': {error}")
            continue
        yield item


def _nothing_left(
    paths: Iterable[str | Path], rejected: Sequence[Rejected], *, without: int, undecided: int
) -> FormatError:
    parts = [
        f"{count} {what}"
        for count, what in (
            (len(rejected), "could not be read"),
            (without, "without gold labels or a submitted annotation"),
            (undecided, "with several submitted annotations and no gold"),
        )
        if count
    ]
    first = f" The first: {rejected[0].message}" if rejected else ""
    return FormatError(
        f"Cannot evaluate on {', '.join(map(str, paths))}: no document with gold labels is left "
        f"({', '.join(parts) or 'there is none at all'}).{first} Expected an annotated corpus as 'annotator export "
        "--format jsonl' writes it, with 'gold' or one submitted annotation; other corpora need --input-format."
    )


def _out_of_reach(scheme: Scheme, codebook: Codebook, items: Sequence[GoldItem]) -> Iterator[str]:
    """Say which gold labels a suggester with this codebook can never name; they count where labels are ignored."""
    counts = Counter(span.device for _, gold in items for span in gold.spans)
    missing = [f"{label} ({counts[label]})" for label in unreachable(scheme, codebook) if counts[label]]
    if missing:
        yield (
            f"No label of codebook '{codebook.ref}' stands for {', '.join(missing)}. These gold spans count for "
            "finding phrases, and are out of reach with device."
        )

"""What a model learns from: whose labels of which articles, how much each counts, and whether it is enough."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotator.annotations import Annotation
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError, FormatError
from annotator.formats import GOLD, Article, ReadOptions, Rejected, read_paths
from annotator.store.base import Store

MIN_DOCUMENTS, MIN_SPANS, MIN_DEVICES = 30, 100, 2
"""Below these the dev part holds fewer than five articles or fifteen spans: nothing can be calibrated on it."""
ASSISTED_WEIGHT = 0.5
"""What an annotation counts that was made with suggestions in view: a model must not learn from its own echo."""
SHOWN_FAULTS = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One judgement to learn from.

    Attributes:
        weight: 1 for gold; 1/n for each of n annotators of an article; times the weight of assisted ones.
        is_assisted: Made with suggestions in view, and not adjudicated.
    """

    document: Document
    annotation: Annotation
    weight: float = 1.0
    is_assisted: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """Everything there is to learn from, in a fixed order.

    Attributes:
        examples: Those of one article stand together, the one that counts most first.
        origin: Files or project, for the model card.
        notes: What was left out or counts less, for people.
    """

    examples: tuple[Example, ...]
    origin: str
    notes: tuple[str, ...] = ()

    def articles(self) -> list[tuple[Example, ...]]:
        """Return the examples by article."""
        found: dict[str, list[Example]] = defaultdict(list)
        for example in self.examples:
            found[example.document.text_sha256].append(example)
        return [tuple(examples) for examples in found.values()]


@dataclass(slots=True)
class _Judged:
    """An article and everything said about it; ``submitted`` holds (annotation, whether assisted)."""

    document: Document
    gold: Annotation | None = None
    submitted: list[tuple[Annotation, bool]] = field(default_factory=list)
    unfinished: int = 0


def material_from_files(
    paths: Sequence[Path], codebook: Codebook, *, assisted_weight: float = ASSISTED_WEIGHT
) -> Material:
    """Read labelled articles; the same text in two files is one article.

    Raises:
        FormatError: If a file or row cannot be read, a label is unknown, or nothing finished is left.
    """
    faults: list[str] = []
    notes: list[str] = []
    found: dict[str, _Judged] = {}
    for item in read_paths(paths, options=ReadOptions(codebook=codebook)):
        if isinstance(item, Rejected):
            (notes if item.skipped else faults).append(item.message)
            continue
        _check_codebook(item, codebook)
        judged = found.setdefault(item.document.text_sha256, _Judged(item.document))
        _add(judged, item)
    if faults:
        more = f" (and {len(faults) - SHOWN_FAULTS} more)" if len(faults) > SHOWN_FAULTS else ""
        raise FormatError(f"Cannot train on these files: {' '.join(faults[:SHOWN_FAULTS])}{more} Repair or remove what "
                          "is named, then train again.")  # fmt: skip
    names = ", ".join(path.name for path in paths)
    return _chosen(found.values(), f"files: {names}", notes, assisted_weight=assisted_weight)


def material_from_project(store: Store, project_id: str, *, assisted_weight: float = ASSISTED_WEIGHT) -> Material:
    """Take the submitted and adjudicated annotations of a project.

    An annotation is assisted when a suggestion was in view as its annotator edited its labels, by the operation
    log, or when a span of it was accepted from a suggestion.

    Raises:
        StoreError: If there is no such project.
        FormatError: If nothing finished is left.
    """
    found: list[_Judged] = []
    for document in store.iter_documents(project_id):
        judged = _Judged(document)
        for annotation in store.annotations(project_id, document.id):
            if annotation.annotator == GOLD:
                judged.gold = annotation
            elif annotation.status == "submitted":
                assisted = _is_assisted(store, project_id, document.id, annotation)
                judged.submitted.append((annotation, assisted))
            else:
                judged.unfinished += 1
        found.append(judged)
    return _chosen(found, f"project '{project_id}'", [], assisted_weight=assisted_weight)


def check_enough(material: Material, codebook: Codebook) -> None:
    """Refuse material too small to learn from and to calibrate on.

    Raises:
        ClassifierError: Naming how much more is needed.
    """
    articles = material.articles()
    spans = sum(max(len(example.annotation.spans) for example in examples) for examples in articles)
    used = {span.device for example in material.examples for span in example.annotation.spans}
    needed = min(MIN_DEVICES, len(codebook.devices))
    missing = []
    if len(articles) < MIN_DOCUMENTS:
        missing.append(f"{MIN_DOCUMENTS - len(articles)} more finished articles")
    if spans < MIN_SPANS:
        missing.append(f"{MIN_SPANS - spans} more labelled spans")
    if len(used) < needed:
        only = f", for now only '{next(iter(used))}' is used" if used else ""
        missing.append(f"spans of {needed - len(used)} more device{'s' * (needed - len(used) > 1)}{only}")
    if missing:
        raise ClassifierError(
            f"Cannot train yet on {material.origin}: found {len(articles)} finished articles with {spans} spans of "
            f"{len(used)} devices; expected at least {MIN_DOCUMENTS} articles with {MIN_SPANS} spans of {needed}. "
            f"Still needed: {', '.join(missing)}.",
            documents=len(articles),
            spans=spans,
        )


def _check_codebook(article: Article, codebook: Codebook) -> None:
    if article.codebook and article.codebook.partition("@")[0] != codebook.id:
        raise FormatError(
            f"Cannot train on '{article.name}': the labels of '{article.document.id}' were made with codebook "
            f"'{article.codebook}', and this training is for '{codebook.ref}'. Name the right one with --codebook.",
            found=article.codebook,
            expected=codebook.ref,
        )


def _add(judged: _Judged, article: Article) -> None:
    if judged.document.event is None and article.document.event:
        judged.document = replace(judged.document, event=article.document.event)
    judged.gold = article.gold or judged.gold
    for annotation in article.annotations:
        if annotation.status == "submitted":
            judged.submitted.append((annotation, _has_accepted(annotation)))
        else:
            judged.unfinished += 1


def _is_assisted(store: Store, project_id: str, document_id: str, annotation: Annotation) -> bool:
    if _has_accepted(annotation):
        return True
    history = store.history(project_id, document_id, annotation.annotator, limit=None)
    return any(
        operation.agent_version and any(change.entity != "status" for change in operation.changes)
        for operation in history
    )


def _has_accepted(annotation: Annotation) -> bool:
    return any(span.suggestion_id for span in annotation.spans)


def _chosen(found: Iterable[_Judged], origin: str, notes: list[str], *, assisted_weight: float) -> Material:
    """Choose gold where there is one, else every submitted annotation, in an order that the input's does not change."""
    counts: Counter[str] = Counter()
    examples: list[Example] = []
    for judged in sorted(found, key=lambda one: (one.document.id, one.document.text_sha256)):
        chosen = [example for example in _examples(judged, assisted_weight) if example.weight > 0]
        counts["unfinished"] += not chosen and not any(assisted for _, assisted in judged.submitted)
        counts["left out"] += not chosen and any(assisted for _, assisted in judged.submitted)
        counts["assisted"] += sum(example.is_assisted for example in chosen)
        counts["several"] += len(chosen) > 1
        examples += chosen
    said = {
        "unfinished": "articles without a submitted or adjudicated annotation were left out",
        "left out": "articles were left out: all their annotations were made with suggestions in view",
        "assisted": f"annotations were made with suggestions in view and count {assisted_weight:g} instead of 1",
        "several": "articles were labelled by several annotators; each counts in equal parts",
    }
    notes = notes + [f"{counts[key]} {text}." for key, text in said.items() if counts[key]]
    if not examples:
        raise FormatError(
            f"Cannot train on {origin}: no article is left to learn from. {' '.join(notes)} Training takes gold and "
            "annotations whose status is 'submitted'.".replace("  ", " ")
        )
    return Material(tuple(examples), origin, tuple(notes))


def _examples(judged: _Judged, assisted_weight: float) -> Iterator[Example]:
    if judged.gold is not None:
        yield Example(judged.document, judged.gold)
        return
    share = 1 / max(1, len(judged.submitted))
    ranked = sorted(judged.submitted, key=lambda one: (one[1], one[0].annotator))
    for annotation, assisted in ranked:
        weight = share * (assisted_weight if assisted else 1.0)
        yield Example(judged.document, annotation, weight, assisted)

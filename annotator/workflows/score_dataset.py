"""Score a Hugging Face dataset: the same rows with the columns of the scored record, from the cache where it can."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator import __version__
from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.documents import Document, check_text
from annotator.errors import ClassifierError, DocumentError, FormatError
from annotator.formats import Article
from annotator.resources import default_codebook_path, default_model_path
from annotator.workflows.guarded import Unscored, guarded
from annotator.workflows.model_folders import WEIGHTS, read_model
from annotator.workflows.score import DEFAULT_SUGGESTER, Which, python_suggesters, score
from annotator.workflows.score_output import arrow_schema
from annotator.workflows.suggesters import find_lexicon

if TYPE_CHECKING:
    import datasets

BATCH = 256
"""Rows scored together; a record does not depend on rows outside its batch."""

ERROR = "error"
DETAILS = ("outlet", "title", "published", "url")
_OWN = ("id", *DETAILS)
"""Columns of the record that say what the dataset said: where it has them, they stay as they are."""


def score_dataset(
    dataset: datasets.Dataset,
    *,
    text_column: str = "text",
    id_column: str | None = None,
    suggester: Which = DEFAULT_SUGGESTER,
    threshold: float | None = None,
    codebook: Codebook | None = None,
    model: str | Path | None = None,
    backend: str = "auto",
    use_cache: bool = True,
) -> datasets.Dataset:
    """Return the dataset with a scored record in each row, made with ``Dataset.map``.

    Its columns stay, and those of the record are added, nested as in Parquet output: ``frames``, ``spans``,
    ``summary`` and so on, and ``error``, which is ``None`` or says why a row could not be scored. A dataset that
    lies on disk is scored once: a second call with the same model, codebook, options, backend and version of this
    package is answered from the cache.

    Args:
        text_column: Has the articles.
        id_column: Has their ids; ``None``: the column ``id`` if there is one, else ``row-0``, ``row-1`` …
        use_cache: Whether an earlier result may be returned.

    The other arguments are those of :func:`annotator.score_texts`.

    Raises:
        FormatError: If the package ``datasets`` is missing, or the dataset lacks a column or has one that the record
            would replace.
        ClassifierError: If a suggester cannot be loaded.

    Example:
        >>> from datasets import Dataset
        >>> scored = score_dataset(Dataset.from_dict({"text": ["The puppet regime fell."]}), suggester="lexicon")
        >>> scored[0]["spans"][0]["quote"]
        'puppet regime'
    """
    library = _library()
    if not isinstance(dataset, library.Dataset):
        raise FormatError(
            f"Cannot score a {type(dataset).__name__}: expected a datasets.Dataset. Score the splits of a DatasetDict "
            "one by one, and the texts of a stream with annotator.score_texts."
        )
    _check_columns(dataset.column_names, text_column, id_column)
    if threshold is not None and not 0 <= threshold <= 1:
        raise ClassifierError(f"Cannot use threshold {threshold}: a probability lies between 0 and 1.")
    suggesters = python_suggesters(suggester, codebook=codebook, model=model, backend=backend)
    reading = _Reading(text_column, id_column or ("id" if "id" in dataset.column_names else None))
    new = {name: kind for name, kind in _record_features(library).items() if name not in dataset.features}
    features = library.Features({**dataset.features, **new})
    if not len(dataset):  # Dataset.map would return it without the new columns
        empty: datasets.Dataset = library.Dataset.from_dict({name: [] for name in features}, features=features)
        return empty
    settings = {
        "from": dataset._fingerprint,
        "columns": [text_column, id_column],
        "threshold": threshold,
        "suggesters": [_identity(one, model, codebook) for one in suggesters],
        "codebook": _sha256(repr(codebook or load_codebook(default_codebook_path())).encode()),
        "version": __version__,
    }
    result: datasets.Dataset = dataset.with_format(None).map(
        _BatchScorer(reading, suggesters, threshold, tuple(new)),
        batched=True,
        batch_size=BATCH,
        writer_batch_size=BATCH,
        with_indices=True,
        features=features,
        new_fingerprint=_sha256(json.dumps(settings, sort_keys=True).encode())[:32],
        load_from_cache_file=use_cache,
        desc="Scoring",
    )
    return result


@dataclass(frozen=True, slots=True)
class _Reading:
    """Which columns articles are made of."""

    text: str
    id: str | None

    def document(self, row: Mapping[str, Any], index: int) -> Document:
        """Return the article of a row, its text unchecked."""
        details: dict[str, Any] = {name: _text(row[name]) for name in DETAILS if name in row}
        name = _text(row[self.id]) if self.id is not None else None
        text = row[self.text]
        return Document(name or f"row-{index}", text if isinstance(text, str) else "", **details)

    def fault(self, row: Mapping[str, Any], document: Document) -> str:
        """Return why a row cannot be scored, or ""."""
        if not isinstance(row[self.text], str):
            kind = "null" if row[self.text] is None else type(row[self.text]).__name__
            return f"the text is {kind}; expected a string."
        try:
            check_text(document.text, name=document.id)
        except DocumentError as error:
            return str(error).removeprefix(f"{document.id}: ")
        return ""


@dataclass(frozen=True)
class _BatchScorer:
    """What ``Dataset.map`` calls: columns of some rows → columns to add."""

    reading: _Reading
    suggesters: tuple[Suggester, ...]
    threshold: float | None
    added: tuple[str, ...]

    def __call__(self, columns: Mapping[str, Sequence[Any]], indices: Sequence[int]) -> dict[str, list[Any]]:
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        documents = [self.reading.document(row, index) for row, index in zip(rows, indices, strict=True)]
        faults = [self.reading.fault(row, document) for row, document in zip(rows, documents, strict=True)]
        sound = [Article(document) for document, fault in zip(documents, faults, strict=True) if not fault]
        scored = guarded(sound, lambda some: score(some, self.suggesters, minimum=self.threshold))
        records = []
        for document, fault in zip(documents, faults, strict=True):
            result = Unscored(fault) if fault else next(scored)[1]
            records.append(_failed(document, result.reason) if isinstance(result, Unscored) else result)
        return {name: [record.get(name, _EMPTY.get(name)) for record in records] for name in self.added}


_EMPTY: dict[str, list[Any]] = {"frames": [], "spans": [], "notes": []}


def _failed(document: Document, reason: str) -> dict[str, Any]:
    return {"id": document.id, **{name: getattr(document, name) for name in DETAILS}, ERROR: reason}


def _library() -> Any:
    try:
        import datasets
    except ImportError as error:
        raise FormatError(
            "Cannot score a dataset: the package 'datasets' is not installed. Install it with: "
            "pip install 'framing-annotator[train]'"
        ) from error
    return datasets


def _record_features(library: Any) -> dict[str, Any]:
    return {**library.Features.from_arrow_schema(arrow_schema()), ERROR: library.Value("string")}


def _check_columns(names: Sequence[str], text_column: str, id_column: str | None) -> None:
    for wanted in (text_column, id_column):
        if wanted is not None and wanted not in names:
            raise FormatError(
                f"The dataset has no column '{wanted}'; it has {', '.join(names) or 'none'}. Name the right one with "
                f"{'text_column' if wanted == text_column else 'id_column'}."
            )
    taken = [name for name in (*arrow_schema().names, ERROR) if name in names and name not in _OWN]
    if taken:
        raise FormatError(
            f"The dataset has columns that scoring would replace: {', '.join(taken)}. Was it scored before? Rename "
            f"them, or drop them: dataset.remove_columns({taken!r})."
        )


def _identity(suggester: Suggester, model: str | Path | None, codebook: Codebook | None) -> list[str]:
    """Return what tells suggesters apart that may answer differently."""
    if suggester.agent == "lexicon":
        path = find_lexicon(codebook or load_codebook(default_codebook_path()))
        return [suggester.version, _sha256(path.read_bytes()) if path else ""]
    folder = Path(model) if model else default_model_path()
    with (folder / WEIGHTS).open("rb") as stream:
        weights = hashlib.file_digest(stream, "sha256").hexdigest()
    return [suggester.version, read_model(folder).fingerprint, weights, str(getattr(suggester, "backend", ""))]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""Load the suggesters that fit a codebook: the lexicon beside it, and a fine-tuned model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from annotator.classifier.base import Suggester
from annotator.classifier.lexicon import LexiconSuggester
from annotator.codebook import Codebook
from annotator.errors import AnnotatorError, ClassifierError
from annotator.lexicon_file import LEXICON
from annotator.resources import default_model_path, resource

Which = Literal["model", "lexicon", "both"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Suggesters ready to use, and a note for each that could not be loaded."""

    suggesters: tuple[Suggester, ...]
    notes: tuple[str, ...] = ()


def load_model(
    codebook: Codebook, folder: Path | None = None, *, backend: str = "torch-fp32", threads: int | None = None
) -> Suggester:
    """Return the model of ``folder``, or the shipped one.

    Args:
        backend: What runs the encoder, one of :data:`annotator.classifier.backend.CHOICES`.
        threads: Processor threads; ``None``: as many as the backend thinks best.

    Raises:
        ClassifierError: If torch is not installed, the folder is no model for this codebook, or the backend cannot
            be had.
    """
    if find_spec("torch") is None or find_spec("transformers") is None:
        raise ClassifierError(
            "The model needs PyTorch and transformers. Install them with: pip install 'framing-annotator[model]'"
        )
    from annotator.classifier.model_suggester import ModelSuggester

    return ModelSuggester.load(folder or default_model_path(), codebook, backend=backend, threads=threads)


def lexicon_beside(codebook_path: Path) -> Path:
    """Return where the lexicon of a codebook lies, given the codebook's file or folder; it need not be there."""
    return (codebook_path if codebook_path.is_dir() else codebook_path.parent) / LEXICON


def find_lexicon(codebook: Codebook, codebook_path: Path | None = None) -> Path | None:
    """Return the lexicon beside the codebook's file, or the shipped one for a codebook of this name, or ``None``."""
    if codebook_path is None:
        return _shipped_lexicons().get(codebook.id)
    beside = lexicon_beside(codebook_path)
    return beside if beside.is_file() else None


def _shipped_lexicons() -> dict[str, Path]:
    return {file.parent.name: file for file in resource("labels").glob(f"*/{LEXICON}")}


def load_lexicon(codebook: Codebook, path: Path | None = None) -> Suggester:
    """Return a lexicon for ``codebook``.

    Args:
        path: Its ``lexicon.yaml``; ``None``: the one shipped beside the codebook of this name.

    Raises:
        ClassifierError: If there is none.
        CodebookError: If it is broken, or names labels the codebook lacks.
    """
    shipped = _shipped_lexicons()
    chosen = path or shipped.get(codebook.id)
    if chosen is None or not chosen.is_file():
        found = f"there is no file {path}" if path else f"lexicons are shipped for {', '.join(sorted(shipped))}"
        raise ClassifierError(
            f"Cannot find a lexicon for codebook '{codebook.ref}': {found}. Write a lexicon.yaml beside the codebook, "
            "or use only a model trained for it.",
            codebook=codebook.ref,
        )
    return LexiconSuggester.load(chosen, codebook)


def load_available(
    codebook: Codebook,
    model_folder: Path | None = None,
    *,
    lexicon: Callable[[Codebook], Suggester] = load_lexicon,
    model: Callable[[Codebook, Path | None], Suggester] = load_model,
) -> Loaded:
    """Load whatever works for ``codebook``; a suggester that does not becomes a note, not an error.

    Args:
        codebook: Names the labels.
        model_folder: The project's active model; ``None``: the shipped one.
        lexicon, model: How to load each, for callers that keep what was loaded.
    """
    loaded: list[Suggester] = []
    notes: list[str] = []
    try:
        loaded.append(lexicon(codebook))
    except AnnotatorError as error:
        notes.append(str(error))
    try:
        loaded.append(model(codebook, model_folder))
    except AnnotatorError as error:
        only = "only the lexicon suggests" if loaded else "nothing suggests"
        active = f"The active model cannot be used, so {only}. Activate another on the Model page. "
        notes.append(f"{active if model_folder else ''}{error}")
    return Loaded(tuple(loaded), tuple(notes))

"""What will run the model, settled once for all processes of a run."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from annotator.codebook import Codebook
from annotator.resources import default_model_path
from annotator.workflows.suggesters import load_model


def ready_backend(
    codebook: Codebook, folder: Path | None, choice: str, *, prepare: bool, on_message: Callable[[str], None]
) -> str:
    """Return the concrete name of what will run a model here, and make that ready for use.

    Args:
        folder: Of the model; ``None``: the shipped one.
        choice: One of :data:`annotator.classifier.backend.CHOICES`.
        prepare: Whether ``auto`` may convert the model first, which pays from some hundred articles on.
        on_message: Told that conversion begins, or why a slower backend was taken.

    Raises:
        ClassifierError: If the model or the backend cannot be had.
    """
    if find_spec("torch") is None:
        load_model(codebook, folder)  # says what to install
    from annotator.classifier.backend import check_choice, concrete_name
    from annotator.classifier.folder import load_heads

    wanted, place = check_choice(choice), folder or default_model_path()
    load_heads(place, codebook)  # refuses what is no model, damaged or unsafe
    return concrete_name(wanted, place, prepare=prepare, on_warning=on_message)

"""Take the encoder out of a trained model, so that another training can start from it."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError

from annotator.classifier.folder import load_folder
from annotator.errors import ClassifierError


def write_encoder(model: Path, target: Path) -> None:
    """Write the encoder of ``model`` and its tokenizer as a Hugging Face folder, safetensors only.

    A model that was trained on news starts a new training nearer to its end than a general encoder does, and it
    is at hand where that encoder is not.

    Args:
        model: Folder of a model of this program.
        target: Made; what is in it is replaced. ``annotator train --base-model`` takes it.

    Raises:
        ClassifierError: If the model cannot be loaded, or ``target`` cannot be written.
    """
    loaded, tokenizer = load_folder(model, None)
    try:
        target.mkdir(parents=True, exist_ok=True)
        # Full precision: training would go on in the precision it finds.
        loaded.encoder.float().save_pretrained(target)
        tokenizer.save(str(target / "tokenizer.json"))
    except (OSError, SafetensorError) as error:
        raise ClassifierError(
            f"Cannot write the encoder of '{model.name}' to '{target}': {error}. Free some space and try again.",
            folder=str(target),
        ) from error

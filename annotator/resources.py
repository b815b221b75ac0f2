"""Where the shipped codebooks, models and examples lie: beside the source, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

from annotator.errors import AnnotatorError

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "_data", _PACKAGE.parent)

DEFAULT_CODEBOOK = "news-framing"
DEFAULT_MODEL = "news-framing-minilm"


def resource(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as ``resource("labels", "news-framing")``.

    Raises:
        AnnotatorError: If the installation lacks it.
    """
    for place in _PLACES:
        path = place.joinpath(*parts)
        if path.exists():
            return path
    raise AnnotatorError(
        f"Cannot find {'/'.join(parts)}, which comes with the package. Install it again, or run from a complete clone.",
        name="/".join(parts),
        places=_PLACES,
    )


def default_codebook_path() -> Path:
    """Return the file of the codebook used when none is named."""
    return resource("labels", DEFAULT_CODEBOOK, "codebook.yaml")


def default_model_path() -> Path:
    """Return the folder of the model used when none is named."""
    return resource("models", DEFAULT_MODEL)

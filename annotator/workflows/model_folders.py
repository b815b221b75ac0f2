"""Which model folders there are, and what each says about itself; no weights are read and torch is not needed.

The app keeps models it has trained in ``models/`` beside the database. A folder there is a model when it
holds ``config.json``; names that begin with a dot are the app's own.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotator.errors import AnnotatorError, ClassifierError
from annotator.resources import default_model_path
from annotator.store import data_folder

MODELS = "models"
CONFIG, CARD, METRICS, WEIGHTS = "config.json", "README.md", "metrics.json", "model.safetensors"
UNFINISHED = ".training"
"""Folder of the checkpoints of a training that has not ended."""

MODEL_TYPE = "framing-annotator"
LARGEST_TEXT = 5_000_000
"""Bytes of a card, configuration or figures file that are read at most."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_LABELLED = re.compile(r"\b(?:labelled|labeled|annotated)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model folder.

    Attributes:
        key: ``shipped/NAME`` or ``own/NAME``; unique, and the only thing stored about an active model's place.
        release: ``name@version``, stored with every suggestion; the folder's name where it says none.
        codebook: Ref of the codebook whose labels it knows, or "".
        size: Bytes of the weights.
        changed: When the configuration was written; UTC, ISO 8601 to the second.
        fingerprint: Of the configuration, and through the hashes in it of weights and tokenizer.
        error: Why it cannot be used, with a remedy; "" when nothing is known against it.
    """

    key: str
    path: Path
    release: str
    codebook: str = ""
    base_model: str = ""
    size: int = 0
    changed: str = ""
    fingerprint: str = ""
    error: str = ""

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the package."""
        return self.key.startswith("shipped/")


def models_folder(database: str) -> Path:
    """Return where models of a database lie: beside its file; for a server, in the user's data folder.

    Args:
        database: A path, ``:memory:``, or a ``sqlite:///`` or ``postgresql://`` address.
    """
    scheme, separator, rest = database.partition("://")
    if separator and scheme.startswith("sqlite"):
        database = rest.removeprefix("/").partition("?")[0] or ":memory:"
    elif separator:
        return data_folder() / MODELS
    if database == ":memory:":
        return data_folder() / MODELS
    return Path(database).expanduser().absolute().parent / MODELS


def check_name(name: str) -> str:
    """Return a name fit for a model and its folder.

    Raises:
        ClassifierError: If it has other characters than letters, digits, hyphen and underscore, or is too long.
    """
    if not _NAME.fullmatch(name):
        raise ClassifierError(
            f"Cannot call a model '{name[:60]}': a name has 1 to 40 letters (a to z), digits, '-' and '_', and begins "
            "with a letter or digit. Choose another name.",
            name=name,
        )
    return name


def list_models(folder: Path) -> list[ModelInfo]:
    """Return the shipped model and every model of ``folder``, by name; broken ones carry their error."""
    found: list[ModelInfo] = []
    with suppress(AnnotatorError):  # an installation without models; the suggesters say so when one is needed
        found.append(read_model(default_model_path(), shipped=True))
    if not folder.is_dir():
        return found
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_dir() or _is_unfinished(path):
            continue
        found.append(read_model(path))
    return found


def _is_unfinished(path: Path) -> bool:
    return not (path / CONFIG).exists() and ((path / UNFINISHED).exists() or not any(path.iterdir()))


def read_model(path: Path, *, shipped: bool = False) -> ModelInfo:
    """Return what the folder says; what is wrong with it becomes ``error``. The weights are checked only when used."""
    key = f"{'shipped' if shipped else 'own'}/{path.name}"
    try:
        if path.is_symlink():
            raise _unusable(path, "it is a link, and links are not followed")
        raw = _read_bytes(path / CONFIG)
        config = json.loads(raw)
        if not isinstance(config, dict) or config.get("model_type") != MODEL_TYPE:
            raise _unusable(path, f"its {CONFIG} does not describe a model of this program")
        if not (path / WEIGHTS).is_file():
            raise _unusable(path, f"{WEIGHTS} is missing")
        size, changed = (path / WEIGHTS).stat().st_size, (path / CONFIG).stat().st_mtime
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON"
        return ModelInfo(key, path, path.name, error=str(_unusable(path, f"{CONFIG} cannot be read ({reason})")))
    except ClassifierError as error:
        return ModelInfo(key, path, path.name, error=str(error))
    return ModelInfo(
        key=key,
        path=path,
        release=_text(config, "release") or path.name,
        codebook=_text(config, "codebook"),
        base_model=_text(config, "base_model"),
        size=size,
        changed=datetime.fromtimestamp(changed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        fingerprint=hashlib.sha256(raw).hexdigest(),
    )


def _unusable(path: Path, what: str) -> ClassifierError:
    return ClassifierError(
        f"The folder '{path.name}' is no usable model: {what}. Copy the whole folder again, or remove it.",
        folder=str(path),
    )


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        raw = stream.read(LARGEST_TEXT + 1)
    if len(raw) > LARGEST_TEXT:
        raise _unusable(path.parent, f"{path.name} is larger than {LARGEST_TEXT:,} bytes")
    return raw


def _text(config: dict[str, Any], key: str) -> str:
    value = config.get(key)
    return value[:200] if isinstance(value, str) and value.isprintable() else ""


def read_card(info: ModelInfo) -> str:
    """Return the model card's Markdown; "" when there is none. It is untrusted text: never show it as it is."""
    try:
        return _read_bytes(info.path / CARD).decode("utf-8", errors="replace")
    except (OSError, ClassifierError):
        return ""


def labelled_by(card: str) -> str:
    """Return the sentence of a card that says who labelled the training data; "" when none does.

    Example:
        >>> labelled_by("# x\\n\\nFast.\\n\\n## Training data\\n40 articles, labelled **by two analysts**. No others.")
        '40 articles, labelled by two analysts.'
    """
    _, heading, section = card.partition("\n## Training data")
    about = section.partition("\n## ")[0] if heading else card
    sentences = _SENTENCE_END.split(" ".join(re.sub(r"[*_`#]", "", about).split()))
    return next((sentence[:400] for sentence in sentences if _LABELLED.search(sentence)), "")


def read_metrics(info: ModelInfo) -> dict[str, Any]:
    """Return ``metrics.json``: a report for each suggester measured; empty when there is none.

    Raises:
        ClassifierError: If the file is there and cannot be read as such.
    """
    try:
        found = json.loads(_read_bytes(info.path / METRICS))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _unusable(info.path, f"{METRICS} cannot be read ({str(error)[:120]})") from error
    if not isinstance(found, dict):
        raise _unusable(info.path, f"{METRICS} holds no object")
    return found

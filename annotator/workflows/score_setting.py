"""What a scoring run reads and with what, and how two of these differ."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator import __version__
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.resources import default_codebook_path, default_model_path
from annotator.workflows.ranges import fingerprint
from annotator.workflows.score import Which
from annotator.workflows.suggesters import find_lexicon, lexicon_beside, load_lexicon, load_model

STDIN = "-"

_NAMES = {
    "input.sha256": "names, sizes and dates of the input files",
    "input.bytes": "bytes of the input",
    "input.files": "number of input files",
    "input.paths": "input",
    "input.format": "--input-format",
    "input.encoding": "--encoding",
    "model": "model",
    "model.release": "model",
    "model.weights_sha256": "weights of the model (SHA-256)",
    "model.config_sha256": "calibration of the model (SHA-256 of config.json)",
    "model.thresholds": "thresholds of the model",
    "lexicon": "lexicon",
    "lexicon.ref": "lexicon",
    "lexicon.sha256": "entries of the lexicon (SHA-256)",
    "codebook.ref": "codebook",
    "options.suggester": "--suggester",
    "options.threshold": "--threshold",
    "options.all_probabilities": "--all-probabilities",
    "output.format": "--format",
    "output.part_articles": "articles in a part",
    "backend": "--backend",
    "version": "version of framing-annotator",
}
"""What differences are called."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run reads and how, before anything is opened.

    Attributes:
        backend: Concrete name; "" when no model takes part.
        format: Of the parts.
        part_articles: Articles in one part.
    """

    paths: tuple[str, ...]
    input_format: str | None
    encoding: str | None
    suggester: Which
    model_folder: str | None
    codebook_path: str | None
    all_frames: bool
    minimum: float | None
    backend: str
    format: str
    part_articles: int

    @property
    def is_repeatable(self) -> bool:
        """Whether the input can be read again."""
        return STDIN not in self.paths


def identity(setting: Setting) -> dict[str, Any]:
    """Return everything that the parts depend on, as a JSON object.

    Raises:
        AnnotatorError: If the codebook, the lexicon or the model is missing or broken.
    """
    source = {
        "paths": [_absolute(path) for path in setting.paths],
        "format": setting.input_format,
        "encoding": setting.encoding,
    }
    return {"input": source | fingerprint(setting.paths), **means(setting)}


def means(setting: Setting) -> dict[str, Any]:
    """Return what the articles are scored with, whichever they are, as a JSON object.

    Raises:
        AnnotatorError: If the codebook, the lexicon or the model is missing or broken.
    """
    path = Path(setting.codebook_path) if setting.codebook_path else None
    codebook = load_codebook(path or default_codebook_path())
    return {
        "model": _model(codebook, setting.model_folder) if setting.suggester != "lexicon" else None,
        "lexicon": _lexicon(codebook, path) if setting.suggester != "model" else None,
        "codebook": {"ref": codebook.ref},
        "options": {
            "suggester": setting.suggester,
            "threshold": setting.minimum,
            "all_probabilities": setting.all_frames,
        },
        "backend": setting.backend,
        "output": {"format": setting.format, "part_articles": setting.part_articles},
        "version": __version__,
    }


def key_of(record: Mapping[str, Any]) -> str:
    """Return the hash of a JSON object."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Return what differs between two identities, one line each.

    Args:
        found: Of the folder.
        expected: Of the command.
    """
    told = []
    for key in dict.fromkeys([*found, *expected]):
        theirs, ours = found.get(key), expected.get(key)
        if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
            told += [_line(f"{key}.{k}", theirs.get(k), ours.get(k)) for k in {**theirs, **ours}
                     if theirs.get(k) != ours.get(k)]  # fmt: skip
        elif theirs != ours:
            told.append(_line(key, theirs, ours))
    return told


def _model(codebook: Codebook, model_folder: str | None) -> dict[str, Any]:
    folder = Path(model_folder) if model_folder else default_model_path()
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        calibration = config["calibration"]
        return {
            "release": config["release"],
            "weights_sha256": _sha256(folder / "model.safetensors"),
            "config_sha256": _sha256(folder / "config.json"),
            "thresholds": {
                "devices": dict(zip(config["devices"], calibration["device_threshold"], strict=True)),
                "frames": dict(zip(config["frames"], calibration["frame_threshold"], strict=True)),
            },
        }
    except (OSError, ValueError, KeyError, TypeError):
        load_model(codebook, folder)  # whoever loads it says what is wrong with it
        raise


def _lexicon(codebook: Codebook, codebook_path: Path | None) -> dict[str, Any]:
    path = lexicon_beside(codebook_path) if codebook_path else find_lexicon(codebook)
    loaded = load_lexicon(codebook, path)
    return {"ref": loaded.version, "sha256": _sha256(path) if path else None}


def _absolute(path: str) -> str:
    return path if path == STDIN else os.path.abspath(path).encode("utf-8", "backslashreplace").decode()


def _line(key: str, theirs: object, ours: object) -> str:
    return f"{_NAMES.get(key, key)}: {_shown(theirs)} in the folder, {_shown(ours)} now"


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping) and (name := value.get("release") or value.get("ref")):
        return str(name)
    if isinstance(value, str) and len(value) == 64:
        return f"{value[:12]}…"
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 200 else f"{shown[:199]}…"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

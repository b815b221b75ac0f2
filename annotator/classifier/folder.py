"""A model folder: written whole or not at all, and checked before anything in it is believed.

::

    config.json         labels, codebook, calibration, thresholds, hashes
    model.safetensors   weights in half precision
    tokenizer.json      the fast tokenizer
    lexicon.yaml        the lexicon the model reads beside the text, if it was fitted with one
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from annotator.classifier.heads import ENCODER, Heads, HeadsConfig
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.lexicon_features import LexiconFeatures
from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.lexicon_file import LEXICON

if TYPE_CHECKING:
    from annotator.classifier.modeling import FramingModel

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
MODEL_TYPE = "framing-annotator"

_OF_THE_FILE = {"architectures", "dtype", "transformers_version"}
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz")


def save_folder(folder: Path, model: FramingModel, tokenizer: Tokenizer, *, lexicon: Path | None = None) -> None:
    """Write a model beside ``folder`` first and move it there when complete; an old one stays until then.

    Other files of an existing folder (model card, figures) are kept.

    Args:
        lexicon: The lexicon its calibration was fitted with, copied so that later edits of the original do
            not change what the probabilities mean.

    Raises:
        ClassifierError: If it cannot be written; ``folder`` is then as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        fresh = Path(name)
        try:
            _write(fresh, model, tokenizer, lexicon)
            folder.mkdir(exist_ok=True)
            # Weights first: until the new config.json is there, the old hash refuses the new weights.
            for part in (WEIGHTS, TOKENIZER, *([LEXICON] if lexicon else []), CONFIG):
                (fresh / part).chmod(0o644)
                shutil.move(fresh / part, folder / part)
        except (OSError, SafetensorError) as error:
            raise ClassifierError(f"Cannot save the model in '{folder}': {error}. Free some space, or choose another "
                                  "folder with --output.", folder=str(folder)) from error  # fmt: skip


def _write(folder: Path, model: FramingModel, tokenizer: Tokenizer, lexicon: Path | None) -> None:
    from safetensors.torch import save_file

    half = {name: weight.detach().half().contiguous() for name, weight in model.state_dict().items()}
    save_file(half, folder / WEIGHTS, metadata={"format": "pt"})
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER))
    if lexicon:
        shutil.copyfile(lexicon, folder / LEXICON)
    config = model.config.to_dict() | {
        "architectures": [type(model).__name__],
        "dtype": "float16",
        "weights_sha256": _sha256(folder / WEIGHTS),
        "tokenizer_sha256": _sha256(folder / TOKENIZER),
        "lexicon_sha256": _sha256(folder / LEXICON) if lexicon else "",
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n", "utf-8")


def load_folder(folder: Path, codebook: Codebook | None) -> tuple[FramingModel, Tokenizer]:
    """Load a model after checking that it is safe, whole and made for ``codebook``.

    Args:
        folder: What :func:`save_folder` wrote.
        codebook: The codebook in use; ``None`` skips that check.

    Raises:
        ClassifierError: If the folder is missing, holds pickled weights or none, is damaged, or belongs to
            another codebook.
    """
    # Imported here: PyTorch and transformers take seconds, and loading the heads alone can do without them.
    from safetensors.torch import load_file

    from annotator.classifier.modeling import FramingConfig, FramingModel

    config = _checked_config(folder, codebook)
    known = {key: value for key, value in config.items() if key not in _OF_THE_FILE}
    with _fitting(folder):
        model = FramingModel(FramingConfig(**known)).eval()  # type: ignore[no-untyped-call]
        model.load_state_dict({name: weight.float() for name, weight in load_file(folder / WEIGHTS).items()})
        return model, Tokenizer.from_file(str(folder / TOKENIZER))


def load_heads(folder: Path, codebook: Codebook | None) -> tuple[Heads, Tokenizer]:
    """Load a model without its encoder, after the same checks as :func:`load_folder`, with the same errors."""
    config = HeadsConfig.of(_checked_config(folder, codebook))
    with _fitting(folder), safe_open(folder / WEIGHTS, framework="numpy") as stored:
        names = [name for name in stored.keys() if not name.startswith(ENCODER)]  # noqa: SIM118
        heads = Heads(config, {name: stored.get_tensor(name).astype(np.float32) for name in names})
        return heads, Tokenizer.from_file(str(folder / TOKENIZER))


@contextmanager
def _fitting(folder: Path) -> Iterator[None]:
    try:
        yield
    except (SafetensorError, RuntimeError, TypeError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0][:300]
        raise _broken(folder, f"its files do not fit together ({reason})") from error


def load_lexicon_features(folder: Path, config: HeadsConfig, codebook: Codebook) -> LexiconFeatures | None:
    """Return the lexicon of a loaded model, or ``None`` when it was fitted without one.

    Raises:
        ClassifierError: If the list is missing or another than the model was fitted with.
    """
    if not config.lexicon_sha256:
        return None
    if not (folder / LEXICON).is_file():
        raise _broken(folder, f"{LEXICON} is missing")
    _check_hash(folder, LEXICON, config.lexicon_sha256)
    return LexiconFeatures(LexiconSuggester.load(folder / LEXICON, codebook), config.devices)


def _checked_config(folder: Path, codebook: Codebook | None) -> dict[str, Any]:
    config = _read_config(folder)
    _check_hash(folder, WEIGHTS, config.get("weights_sha256"))
    _check_hash(folder, TOKENIZER, config.get("tokenizer_sha256"))
    if codebook is not None:
        _check_codebook(folder, config, codebook)
    return config


def _read_config(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise ClassifierError(
            f"Cannot load a model from '{folder}': there is no such folder. Name a folder that holds {CONFIG}, "
            f"{WEIGHTS} and {TOKENIZER}, or leave out --model to use the shipped one.",
            folder=str(folder),
        )
    pickled = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLED)
    if pickled:
        raise ClassifierError(
            f"Refused to load '{folder}': it holds {', '.join(pickled)}. Pickle files can run any program when they "
            f"are opened, so only {WEIGHTS} is read. Convert the weights to safetensors and delete the pickle files.",
            folder=str(folder),
            files=pickled,
        )
    missing = [name for name in (CONFIG, WEIGHTS, TOKENIZER) if not (folder / name).is_file()]
    if missing:
        raise ClassifierError(
            f"Cannot load a model from '{folder}': {', '.join(missing)} missing. Copy the folder again, or train anew.",
            folder=str(folder),
        )
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise _broken(folder, f"{CONFIG} cannot be read ({error})") from error
    if not isinstance(config, dict) or config.get("model_type") != MODEL_TYPE:
        found = config.get("model_type") if isinstance(config, dict) else type(config).__name__
        raise ClassifierError(
            f"Cannot load '{folder}': its {CONFIG} says model_type {found!r}; expected {MODEL_TYPE!r}. "
            "A bare encoder can be trained on, but it cannot suggest labels.",
            folder=str(folder),
        )
    if config.get("auto_map"):
        raise ClassifierError(
            f"Refused to load '{folder}': its {CONFIG} asks to run code of its own (auto_map). Remove that entry if "
            "you trust the weights.",
            folder=str(folder),
        )
    return config


def _check_hash(folder: Path, name: str, expected: object) -> None:
    found = _sha256(folder / name)
    if found != expected:
        raise _broken(folder, f"{name} has SHA-256 {found[:12]}…, but {CONFIG} says {str(expected)[:12]}…")


def _check_codebook(folder: Path, config: dict[str, Any], codebook: Codebook) -> None:
    if config.get("codebook") != codebook.ref:
        raise ClassifierError(
            f"Cannot use the model in '{folder}' with codebook '{codebook.ref}': it was trained for "
            f"'{config.get('codebook')}'. Choose a model trained for '{codebook.ref}', or use the lexicon alone.",
            folder=str(folder),
            found=config.get("codebook"),
            expected=codebook.ref,
        )
    for kind, key in (("device", "devices"), ("frame", "frames"), ("voice", "voices"), ("polarity", "polarities")):
        extra = sorted(set(config.get(key) or ()) - set(codebook.ids(kind)))
        if extra:
            raise ClassifierError(
                f"Cannot use the model in '{folder}': it knows the {kind} labels {', '.join(extra)}, which codebook "
                f"'{codebook.ref}' lacks. Was the codebook edited without a new version?",
                folder=str(folder),
            )


def _broken(folder: Path, what: str) -> ClassifierError:
    return ClassifierError(
        f"Cannot load the model in '{folder}': {what}. The download or copy is damaged: fetch the folder again "
        "(git checkout -- models), or train anew.",
        folder=str(folder),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

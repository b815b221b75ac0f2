"""Which model suggests labels in a project: activate one, roll back, and who did so when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.store.base import Project, Store
from annotator.workflows.model_folders import ModelInfo, list_models, models_folder, read_model
from annotator.workflows.suggesters import load_model

__all__ = [
    "Activation",
    "ModelInfo",
    "activate",
    "active_model",
    "history",
    "list_models",
    "models_folder",
    "previous_model",
    "read_model",
    "roll_back",
    "usable",
]

SETTING = "model"
"""Project setting that holds the activations, oldest first."""

Step = Literal["activated", "rolled back"]


@dataclass(frozen=True, slots=True)
class Activation:
    """One change of a project's model.

    Attributes:
        key, release, fingerprint: Of the model in use from then on; see :class:`ModelInfo`.
        step: ``rolled back``: it took back the activation before.
        by: Annotator who did it.
        when: UTC, ISO 8601 to the second.
    """

    key: str
    release: str
    fingerprint: str
    step: Step
    by: str
    when: str


def history(project: Project) -> list[Activation]:
    """Return every change of the project's model, oldest first; empty while the shipped one was never changed."""
    return _history(project.settings.get(SETTING))


def _history(stored: Any) -> list[Activation]:
    entries = stored.get("history") if isinstance(stored, dict) else None
    records = entries if isinstance(entries, list) else ()
    return [entry for record in records if (entry := _activation(record))]


def _activation(record: Any) -> Activation | None:
    fields = ("key", "release", "fingerprint", "step", "by", "when")
    if not isinstance(record, dict) or not all(isinstance(record.get(name), str) for name in fields):
        return None
    return Activation(**{name: record[name] for name in fields}) if record["step"] in get_args(Step) else None


def _standing(entries: Sequence[Activation]) -> list[Activation]:
    """Return the activations that were not rolled back; the last one is in force."""
    standing: list[Activation] = []
    for entry in entries:
        if entry.step == "activated":
            standing.append(entry)
        elif standing:
            standing.pop()
    return standing


def active_model(project: Project, folder: Path) -> ModelInfo | None:
    """Return the model that suggests labels in ``project``.

    Args:
        folder: Where the models of the database lie.

    Returns:
        The activated model; with an ``error`` when its folder is gone or broken. The shipped model when none was
        activated; ``None`` when that one does not know the project's codebook.
    """
    models = list_models(folder)
    standing = _standing(history(project))
    if standing:
        return _found(models, standing[-1])
    shipped = [model for model in models if model.is_shipped and model.codebook == project.codebook.ref]
    return shipped[0] if shipped else None


def _found(models: Sequence[ModelInfo], wanted: Activation) -> ModelInfo:
    # The key comes from the database: it is looked up among the folders there are, never made into a path.
    for model in models:
        if model.key == wanted.key:
            return model
    name = wanted.key.partition("/")[2]
    return ModelInfo(
        wanted.key,
        Path(),
        wanted.release,
        error=f"The folder '{name}' of the active model {wanted.release} is gone. Put it back into the models folder, "
        "or activate another model.",
    )


def previous_model(project: Project, folder: Path) -> ModelInfo | None:
    """Return the model that :func:`roll_back` would go back to; ``None`` when there is nothing to take back."""
    standing = _standing(history(project))
    if not standing:
        return None
    models = list_models(folder)
    if len(standing) > 1:
        return _found(models, standing[-2])
    return next((model for model in models if model.is_shipped), None)


def usable(info: ModelInfo, codebook: Codebook) -> str:
    """Return why a model cannot be activated for ``codebook``, or "" when nothing speaks against it.

    Only what the folder says is looked at; :func:`activate` loads the model.
    """
    if info.error or info.codebook == codebook.ref:
        return info.error
    return f"It was trained for codebook '{info.codebook}', and this project uses '{codebook.ref}'."


def activate(store: Store, project_id: str, info: ModelInfo, *, by: str) -> None:
    """Let ``info`` suggest labels in a project from now on, after loading it once.

    Suggestions already stored keep the version that made them.

    Raises:
        ClassifierError: If it cannot be loaded, or is for another codebook; the active model stays.
    """
    project = store.project(project_id)
    _check(info, project.codebook)
    _append(store, project_id, info, step="activated", by=by)


def roll_back(store: Store, project_id: str, folder: Path, *, by: str) -> ModelInfo:
    """Go back to the model that was active before, and return it.

    Raises:
        ClassifierError: If there is none, or it cannot be loaded; the active model stays.
    """
    project = store.project(project_id)
    previous = previous_model(project, folder)
    if previous is None:
        raise ClassifierError(
            f"Cannot roll back in project '{project_id}': no other model was active before. Activate one instead.",
            project_id=project_id,
        )
    _check(previous, project.codebook)
    _append(store, project_id, previous, step="rolled back", by=by)
    return previous


def _check(info: ModelInfo, codebook: Codebook) -> None:
    if reason := usable(info, codebook):
        raise ClassifierError(f"Cannot use the model {info.release}: {reason}", model=info.key)
    load_model(codebook, info.path)


def _append(store: Store, project_id: str, info: ModelInfo, *, step: Step, by: str) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entry = Activation(info.key, info.release, info.fingerprint, step, by, now)
    store.change_project_setting(
        project_id, SETTING, lambda stored: {"history": [asdict(one) for one in (*_history(stored), entry)]}
    )

"""The manifest of a scoring run: what it was made from and with, so that nobody goes on with something else."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from annotator.errors import FormatError
from annotator.workflows.part_store import PartStore
from annotator.workflows.score_job import Job
from annotator.workflows.score_setting import Setting, identity, key_of

MANIFEST = "manifest.json"
SCHEMA = 1

_PACKAGES = ("torch", "transformers", "tokenizers", "openvino", "nncf", "numpy", "pyarrow", "ray")


@dataclass(frozen=True, slots=True)
class Counts:
    """What is in the parts of a finished run."""

    articles: int = 0
    spans: int = 0
    failed: int = 0
    parts: int = 0

    def plus(self, articles: int, spans: int) -> Counts:
        """Return the counts with more articles."""
        return replace(self, articles=self.articles + articles, spans=self.spans + spans)


@dataclass(frozen=True, slots=True)
class Manifest:
    """``manifest.json`` of a folder of parts.

    Attributes:
        identity: Everything a record depends on, and how the input is cut; compared by ``--resume``.
        packages: Versions of what was installed; for people.
        replace: Whether the finished file may replace another.
        retries: How often failures were tried again.
    """

    identity: dict[str, Any]
    state: Literal["running", "done"] = "running"
    packages: dict[str, str] = field(default_factory=dict)
    replace: bool = False
    retries: int = 0
    started: str = ""
    finished: str | None = None
    counts: Counts = field(default_factory=Counts)

    @property
    def key(self) -> str:
        """Hash of the identity: parts of one key belong together."""
        return key_of(self.identity)

    def finish(self, counts: Counts) -> Manifest:
        """Return the manifest of the finished run."""
        return replace(self, state="done", finished=_now(), counts=counts)

    def write(self, store: PartStore) -> None:
        """Write the file, whole or not at all."""
        record = {"schema": SCHEMA, "key": self.key, **asdict(self)}
        store.write(MANIFEST, json.dumps(record, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def new_manifest(setting: Setting, *, replace: bool) -> Manifest:
    """Return the manifest a run with ``setting`` begins with; reads the input's directory and hashes the model.

    Raises:
        AnnotatorError: If the codebook, the lexicon or the model is missing or broken.
    """
    return Manifest(identity(setting), packages=_packages(), replace=replace, started=_now())


def read_manifest(store: PartStore) -> Manifest | None:
    """Return the manifest of a folder; ``None`` when there is none.

    Raises:
        FormatError: If it is broken, or written by a newer version.
    """
    if not store.exists(MANIFEST):
        return None
    try:
        record = json.loads(store.read(MANIFEST))
        found = record.pop("schema")
        record.pop("key")
        if found == SCHEMA:
            return Manifest(**{**record, "counts": Counts(**record["counts"])})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FormatError(
            f"Cannot read '{store.place}/{MANIFEST}': it is damaged ({error}). Begin anew with --force.",
            path=store.place,
        ) from error
    raise FormatError(
        f"Cannot read '{store.place}/{MANIFEST}': it has schema {found!r}, this version knows {SCHEMA}. Upgrade the "
        "tool, or begin anew with --force.",
        path=store.place,
    )


def job_for(setting: Setting, manifest: Manifest, *, output: str, threads: int | None, retry: int = 0) -> Job:
    """Return what the processes of a run need."""
    return Job(
        output=output,
        format=setting.format,
        suggester=setting.suggester,
        model_folder=setting.model_folder,
        codebook_path=setting.codebook_path,
        all_frames=setting.all_frames,
        minimum=setting.minimum,
        backend=setting.backend,
        threads=threads,
        encoding=setting.encoding,
        input_format=setting.input_format,
        key=manifest.key,
        retry=retry,
    )


def _packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

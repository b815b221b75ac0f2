"""Where a scoring run writes: one file, or a folder of parts; checked before any work is done for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import FormatError
from annotator.workflows.manifest import MANIFEST, read_manifest
from annotator.workflows.part_store import open_parts, part_names
from annotator.workflows.score_output import WRITERS, check_target, format_of
from annotator.workflows.score_setting import STDIN, Setting

_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the records go.

    Attributes:
        parts: Folder or URI of the parts.
        format: Of the parts.
        file: The one file that is made of them; ``None`` when the folder is what is wanted.
    """

    parts: str
    format: str
    file: Path | None = None

    @property
    def shown(self) -> str:
        """What the user called it."""
        return str(self.file) if self.file is not None else self.parts


def target_of(output: str, format: str | None = None) -> Target:
    """Return what a name of an output means: with an ending one file, else a folder or URI of parts.

    Args:
        format: Of the records; ``None`` goes by the ending, else ``jsonl``.

    Example:
        >>> target_of("scored.csv")
        Target(parts='.scored.csv.parts', format='csv', file=PosixPath('scored.csv'))
        >>> target_of("scored/", "parquet").file is None
        True
    """
    path = Path(output)
    is_folder = "://" in output or output.endswith("/") or path.is_dir()
    if is_folder or (not path.exists() and not _ENDING.fullmatch(path.suffix)):
        return Target(output if "://" in output else str(path), format or "jsonl")
    return Target(str(path.with_name(f".{path.name}.parts")), format or format_of(path), path)


def unfinished_parts(target: Target) -> Path | None:
    """Return the hidden folder of a single file whose run was interrupted, if there is one."""
    folder = Path(target.parts)
    return folder if target.file is not None and (folder / MANIFEST).is_file() else None


def earlier_backend(target: Target) -> str | None:
    """Return what ran the model in the run that is there; ``None`` without a run.

    Raises:
        FormatError: If its manifest cannot be read.
    """
    if "://" not in target.parts and not (Path(target.parts) / MANIFEST).is_file():
        return None
    manifest = read_manifest(open_parts(target.parts))
    return str(manifest.identity["backend"]) if manifest is not None else None


def check_place(target: Target, setting: Setting, *, resume: bool, force: bool) -> None:
    """Refuse a place that cannot be written to, holds other files, or is part of the input.

    Raises:
        FormatError: Saying why.
    """
    if target.file is not None:
        check_target(target.file, force=force or (resume and unfinished_parts(target) is not None))
        return
    if "://" in target.parts:
        return
    folder = Path(target.parts)
    if not folder.parent.is_dir():
        raise FormatError(f"Cannot make the folder '{folder}': there is no folder '{folder.parent}'. Make it first.")
    for path in setting.paths:
        if path != STDIN and Path(path).is_dir() and folder.resolve().is_relative_to(Path(path).resolve()):
            raise FormatError(
                f"Cannot write to '{folder}': it lies in the input '{path}', and what is written there would be read "
                "again. Choose a folder outside of it.",
                path=str(folder),
            )
    if folder.is_dir() and (others := _foreign(folder)):
        raise FormatError(
            f"Cannot write to '{folder}': it holds other files ({', '.join(others[:3])}). Choose a new or an empty "
            "folder.",
            path=str(folder),
        )


def _foreign(folder: Path) -> list[str]:
    """Return what is in a folder and not ours; hidden files do no harm."""
    return sorted(path.name for path in folder.iterdir() if path.name[0] != "." and not is_ours(path.name))


def is_ours(name: str) -> bool:
    """Whether a file of this name is one that a run writes."""
    return name == MANIFEST or any(any(part_names([name], format=known)) for known in WRITERS)

"""From paths to sources: files, folders walked lazily, standard input, and which format each one is."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import AnnotatorError, FormatError, near_match
from annotator.formats.base import Format, ReadItem, ReadOptions, Rejected, Source, printable, reason_of
from annotator.formats.datasets_ import is_dataset

STDIN = "-"

_ARTICLE_LIKE = frozenset(
    (
        *(
            ".pdf",
            ".doc",
            ".docx",
            ".odt",
            ".rtf",
            ".pages",
            ".epub",
            ".tex",
            ".text",
            ".eml",
            ".msg",
            ".mht",
            ".mhtml",
        ),
        *(".xls", ".xlsx", ".ods", ".json", ".xml", ".feather", ".arrow", ".zip", ".tar", ".tgz", ".7z"),
    )
)
"""Endings that may well be articles: in a folder these are rejected one by one, all others counted together."""

_HINTS = {
    ".json": "Write one JSON object per line and name it .jsonl.",
    ".pdf": "Save its text as .txt.",
    ".xlsx": "Save the sheet as .csv.",
    ".xls": "Save the sheet as .csv.",
    ".zip": "Unpack it first.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A source and the format it is to be read as."""

    source: Source
    format: Format


def read_sources(found: Iterable[Found | Rejected], options: ReadOptions) -> Iterator[ReadItem]:
    """Read each source; a file that fails as a whole becomes one rejection and the next one is read."""
    for entry in found:
        if isinstance(entry, Rejected):
            yield entry
            continue
        name = entry.source.name
        try:
            yield from entry.format.read(entry.source, options)
        except AnnotatorError as error:
            yield Rejected(name, None, reason_of(error, name))
        except (OSError, EOFError, zlib.error) as error:
            yield Rejected(name, None, f"the file cannot be read: {_system_reason(error)}.")


def find_sources(
    paths: Iterable[str | Path], formats: Mapping[str, Format], *, forced: Format | None = None
) -> Iterator[Found | Rejected]:
    """Yield what is to be read, in order; folders are walked only as far as the caller asks.

    Args:
        paths: Files, folders, or ``-`` for standard input.
        formats: The known ones, by name.
        forced: Read everything as this, whatever its ending; in folders, only files with one of its endings.

    Raises:
        FormatError: If standard input is asked for without ``forced``.
    """
    names: set[str] = set()
    for given in paths:
        if str(given) == STDIN:
            if forced is None:
                raise FormatError(
                    f"Cannot read standard input: its format is unknown. Add --format, one of {', '.join(formats)}."
                )
            yield Found(Source("stdin"), forced)
            continue
        path = Path(given)
        try:
            path.stat()
        except FileNotFoundError:
            yield Rejected(str(path), None, "there is no such file or folder. Check the path.")
            continue
        except (OSError, ValueError) as error:  # a name too long, a folder one may not enter
            yield Rejected(str(path), None, f"it cannot be read: {_system_reason(error)}. Check path and permissions.")
            continue
        if path.is_dir():
            yield from _in_folder(path, formats, forced, names)
        else:
            yield _file(path, _free_name(path.name, path, names), formats, forced)


def find_format(name: str, formats: Mapping[str, Format]) -> Format:
    """Return the format a file's ending stands for; ``.gz`` is looked through.

    Raises:
        FormatError: If the ending is unknown; the message lists the known ones.
    """
    ending = ending_of(name)
    for known in formats.values():
        if ending in known.extensions:
            return known
    endings = sorted(ending for known in formats.values() for ending in known.extensions)
    hint = _HINTS.get(ending) or "Name the format with --format if it is one of these."
    raise FormatError(
        f"the ending '{printable(ending)}' is unknown; known are {', '.join(endings)}."
        f"{near_match(ending, endings)} {hint}"
    )


def ending_of(name: str) -> str:
    """Return the ending in lower case, without ``.gz``.

    Example:
        >>> ending_of("corpus.JSONL.gz")
        '.jsonl'
    """
    lowered = name.casefold().removesuffix(".gz")
    return os.path.splitext(lowered)[1]


def _file(path: Path, name: str, formats: Mapping[str, Format], forced: Format | None) -> Found | Rejected:
    if path.is_symlink() and not path.exists():
        return Rejected(name, None, "this is a link that leads nowhere. Remove it, or restore the file it names.")
    if not path.is_file():
        return Rejected(name, None, "this is no regular file (a device, pipe or socket). Copy it to a file, or use -.")
    try:
        return Found(Source(name, path=path), forced or find_format(name, formats))
    except FormatError as error:
        return Rejected(name, None, str(error))


def _in_folder(
    folder: Path, formats: Mapping[str, Format], forced: Format | None, names: set[str]
) -> Iterator[Found | Rejected]:
    if is_dataset(folder) and "datasets" in formats:
        yield Found(Source(folder.name, path=folder), formats["datasets"])
        return
    endings = {ending for known in ([forced] if forced else formats.values()) for ending in known.extensions}
    others: Counter[str] = Counter()
    count = 0
    for path, relative in _walk(folder, "", set()):
        if isinstance(path, OSError):
            yield Rejected(relative, None, f"the folder cannot be read: {_system_reason(path)}.")
            continue
        ending = ending_of(relative)
        if ending in endings:
            count += 1
            yield _file(path, _free_name(relative, path, names), formats, forced)
        elif ending in _ARTICLE_LIKE and forced is None:
            yield _file(path, relative, formats, None)
        else:
            others[ending or "(no ending)"] += 1
    if others:
        kinds = ", ".join(f"{printable(ending)} ({number})" for ending, number in others.most_common(8))
        reason = f"{sum(others.values())} files of other kinds were passed over: {kinds}."
        yield Rejected(folder.name, None, reason, skipped=True)
    if not count and not others:
        yield Rejected(
            str(folder), None, f"the folder holds no file that can be read; known are {', '.join(sorted(endings))}."
        )


def _walk(folder: Path, prefix: str, seen: set[tuple[int, int]]) -> Iterator[tuple[Path | OSError, str]]:
    """Yield files and their relative names with ``/``, sorted, without hidden ones; each folder once."""
    try:
        stat = folder.stat()
        if (stat.st_dev, stat.st_ino) in seen:
            return  # a symbolic link back to where we came from, or a second way to the same folder
        seen.add((stat.st_dev, stat.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield error, prefix or folder.name
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", seen)
        else:  # links that lead nowhere and pipes too: they are refused by name, not passed over
            yield Path(entry.path), f"{prefix}{entry.name}"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _free_name(name: str, path: Path, names: set[str]) -> str:
    """Return a name no earlier file of this run has, by adding folders in front: ids are made from it."""
    parts = path.absolute().parts
    taken = len(name.split("/"))
    while name in names and taken < len(parts) - 1:
        taken += 1
        name = "/".join(parts[-taken:])
    names.add(name)
    return name


def _system_reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

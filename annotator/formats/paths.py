"""From paths to sources: files, folders walked lazily, standard input, and which format each one is."""

from __future__ import annotations

import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import AnnotatorError, FormatError, near_match
from annotator.formats.base import Format, ReadItem, ReadOptions, Rejected, Source, printable, reason_of
from annotator.formats.datasets_ import is_dataset
from annotator.formats.packed import without_packing
from annotator.formats.walking import Entry, Names, walk

STDIN = "-"

FAULTS = (AnnotatorError, OSError, EOFError, zlib.error)
"""What goes wrong with one source and leaves the others unharmed."""

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
        try:
            yield from entry.format.read(entry.source, options)
        except FAULTS as error:
            yield rejection(entry.source, error)


def rejection(source: Source, error: Exception) -> Rejected:
    """Return what to say of a source that failed as a whole with one of :data:`FAULTS`."""
    if isinstance(error, AnnotatorError):
        return Rejected(source.name, None, reason_of(error, source.name))
    return Rejected(source.name, None, f"the file cannot be read: {_system_reason(error)}.")


def find_sources(
    paths: Iterable[str | Path],
    formats: Mapping[str, Format],
    *,
    forced: Format | None = None,
    piped: Format | None = None,
) -> Iterator[Found | Rejected]:
    """Yield what is to be read, in order; folders are walked only as far as the caller asks.

    Args:
        paths: Files, folders, or ``-`` for standard input.
        formats: The known ones, by name.
        forced: Read everything as this, whatever its ending; in folders, only files with one of its endings.
        piped: Read standard input as this unless ``forced``.

    Raises:
        FormatError: If standard input is asked for without ``forced`` or ``piped``.
    """
    listed = list(paths)
    names = Names(is_needed=len(listed) > 1)
    for given in listed:
        if str(given) == STDIN:
            standard = forced or piped
            if standard is None:
                raise FormatError(
                    f"Cannot read standard input: its format is unknown. Add --format, one of {', '.join(formats)}."
                )
            yield Found(Source("stdin"), standard)
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
            yield _file(Entry(str(path), path.name), names.free(path.name, str(path)), formats, forced)


def find_format(name: str, formats: Mapping[str, Format]) -> Format:
    """Return the format a file's ending stands for; ``.gz`` and ``.zst`` are looked through.

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
    """Return the ending in lower case, without ``.gz`` or ``.zst``.

    Example:
        >>> ending_of("corpus.JSONL.gz")
        '.jsonl'
    """
    return os.path.splitext(without_packing(name))[1]


def _file(entry: Entry, name: str, formats: Mapping[str, Format], forced: Format | None) -> Found | Rejected:
    if not entry.is_plain:
        try:
            is_regular = stat.S_ISREG(os.stat(entry.path).st_mode)
        except OSError as error:
            if os.path.islink(entry.path):
                reason = "this is a link that leads nowhere. Remove it, or restore the file it names."
                return Rejected(name, None, reason)
            return Rejected(name, None, f"the file cannot be read: {_system_reason(error)}.")
        if not is_regular:
            reason = "this is no regular file (a device, pipe or socket). Copy it to a file, or use -."
            return Rejected(name, None, reason)
    try:
        return Found(Source(name, path=Path(entry.path)), forced or find_format(name, formats))
    except FormatError as error:
        return Rejected(name, None, str(error))


def _in_folder(
    folder: Path, formats: Mapping[str, Format], forced: Format | None, names: Names
) -> Iterator[Found | Rejected]:
    if is_dataset(folder) and "datasets" in formats:
        yield Found(Source(folder.name, path=folder), formats["datasets"])
        return
    by_ending = {ending: known for known in formats.values() for ending in known.extensions}
    endings = set(forced.extensions) if forced is not None else set(by_ending)
    others: Counter[str] = Counter()
    count = 0
    for entry in walk(str(folder)):
        if entry.error is not None:
            yield Rejected(entry.name, None, f"the folder cannot be read: {_system_reason(entry.error)}.")
            continue
        ending = ending_of(entry.name)
        if ending in endings:
            count += 1
            yield _file(entry, names.free(entry.name, entry.path), formats, forced or by_ending[ending])
        elif ending in _ARTICLE_LIKE and forced is None:
            yield _file(entry, entry.name, formats, None)
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


def list_files(
    paths: Iterable[str | Path], formats: Mapping[str, Format]
) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield every file that may be read below the paths, in order, by its name below its path and with its status.

    The status of a file that is not there is ``None``. Nothing is opened.
    """
    endings = {ending for known in formats.values() for ending in known.extensions}
    for given in paths:
        path = str(given)
        status = _status(path)
        if status is None or not stat.S_ISDIR(status.st_mode):
            yield os.path.basename(path), status
            continue
        is_whole = is_dataset(Path(path))
        for entry in walk(path):
            if entry.error is not None or is_whole or ending_of(entry.name) in endings:
                yield entry.name, _status(entry.path)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _system_reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

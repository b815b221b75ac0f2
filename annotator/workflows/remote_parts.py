"""Parts of a run in an object store or another remote file system, named by a URI.

``s3://``, ``gs://``, ``abfs://`` and ``hdfs://`` are served by pyarrow; every other scheme that fsspec knows goes
through fsspec (``memory://`` serves tests: each process has its own). Passwords and keys come from where those
libraries look for them, never from our options.

An object store shows an object only when its upload is complete, so a part is put there under its own name; elsewhere
it is written under a temporary name and renamed. There is no lock that holds across machines. Two runs into one folder
do no harm, because equal parts have equal names and equal bytes; to spare the work, `RemoteParts.claim` leaves a note.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from annotator.errors import FormatError
from annotator.workflows.processes import born, is_alive

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

OWNER_NOTE = ".owner.json"
QUIET = timedelta(minutes=10)
"""A run of another machine that has written nothing for this long is taken for dead."""

_PUT_IS_WHOLE = {"s3", "gcs", "py::fsspec+memory"}
"""File systems, by pyarrow's name for them, where an object appears whole or not at all."""


class RemoteParts:
    """A folder of parts in a remote file system.

    Args:
        uri: The folder; it need not exist. Options of the file system follow a question mark
            (``s3://bucket/run?endpoint_override=storage.example:9000``).

    Raises:
        FormatError: If nothing here can open such a URI.

    Example:
        >>> parts = RemoteParts("memory://doctest")
        >>> parts.write("part-000001.jsonl", b"{}")
        >>> list(parts.names())
        ['part-000001.jsonl']
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._files, self._folder = _opened(uri)

    @property
    def place(self) -> str:
        return self.uri

    def exists(self, name: str) -> bool:
        with self._explained("look for", name):
            return bool(self._files.get_file_info(self._path(name)).is_file)

    def write(self, name: str, content: bytes) -> None:
        with self._explained("write", name):
            if self._files.type_name in _PUT_IS_WHOLE:
                self._put(self._path(name), content)
            else:
                self._put_and_rename(name, content)

    def read(self, name: str) -> bytes:
        with self._explained("read", name), self._files.open_input_stream(self._path(name)) as stream:
            return bytes(stream.read())

    def names(self) -> Iterable[str]:
        return (info.base_name for info in self._listed() if not info.base_name.startswith("."))

    def delete(self, name: str) -> None:
        with self._explained("delete", name), suppress(FileNotFoundError):
            self._files.delete_file(self._path(name))

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        with self._explained("remove", ""), suppress(FileNotFoundError):
            self._files.delete_dir(self._folder)

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Say in the folder that this process writes to it, while the context lasts.

        Raises:
            FormatError: If another run has said so and seems alive: its process runs on this machine, or
                the folder of another machine's run has changed in the last ten minutes.
        """
        self._refuse_while_owned()
        mine = {"host": socket.gethostname(), "process": os.getpid(), "born": born(os.getpid()),
                "since": datetime.now(UTC).isoformat(timespec="seconds")}  # fmt: skip
        self.write(OWNER_NOTE, json.dumps(mine).encode())
        try:
            yield
        finally:
            if self._owner() == mine:
                self.delete(OWNER_NOTE)

    def _refuse_while_owned(self) -> None:
        owner = self._owner()
        if owner is None or not self._seems_alive(owner):
            return
        raise FormatError(
            f"Cannot write to {self.uri}: process {owner['process']} on {owner['host']} has been writing there since "
            f"{owner['since']}. Wait for it, name another folder, or delete {OWNER_NOTE} there if that run is dead.",
            **owner,
        )

    def _seems_alive(self, owner: dict[str, Any]) -> bool:
        if owner["host"] == socket.gethostname():
            return is_alive(owner["process"], born=owner["born"])
        changed = [info.mtime for info in self._listed() if info.mtime is not None]
        return bool(changed) and datetime.now(UTC) - max(changed) < QUIET

    def _owner(self) -> dict[str, Any] | None:
        if not self.exists(OWNER_NOTE):
            return None
        note = json.loads(self.read(OWNER_NOTE))
        return note if isinstance(note, dict) and note.keys() >= {"host", "process", "born", "since"} else None

    def _listed(self) -> list[Any]:
        from pyarrow.fs import FileSelector

        with self._explained("list", ""):
            found = self._files.get_file_info(FileSelector(self._folder, allow_not_found=True))
        return [info for info in found if info.is_file]

    def _put_and_rename(self, name: str, content: bytes) -> None:
        self._files.create_dir(self._folder, recursive=True)
        temporary = self._path(f".{name}.{uuid.uuid4().hex}.tmp")
        try:
            self._put(temporary, content)
            self._files.move(temporary, self._path(name))
        except BaseException:
            with suppress(Exception):
                self._files.delete_file(temporary)
            raise

    def _put(self, path: str, content: bytes) -> None:
        with self._files.open_output_stream(path) as stream:
            stream.write(content)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    @contextmanager
    def _explained(self, what: str, name: str) -> Iterator[None]:
        """Turn what the file system raises into our error."""
        try:
            yield
        except FormatError:
            raise
        except Exception as error:
            raise FormatError(
                f"Cannot {what} '{beneath(self.uri, name)}': {error}. Check the address, the permissions and the "
                "network, then run again with --resume; the parts already there are kept.",
                path=beneath(self.uri, name),
            ) from error


def is_uri(output: str) -> bool:
    """Tell whether ``output`` names a place by URI, as ``s3://bucket/run``."""
    return "://" in output


def beneath(output: str, name: str) -> str:
    """Return the folder ``name`` inside the folder ``output``, a path or a URI with or without options.

    Example:
        >>> beneath("s3://bucket/run?region=eu-west-1", ".spool")
        's3://bucket/run/.spool?region=eu-west-1'
    """
    if not is_uri(output):
        return os.path.join(output, name)
    place, mark, options = output.partition("?")
    return f"{place.rstrip('/')}/{name}{mark}{options}"


def _opened(uri: str) -> tuple[FileSystem, str]:
    """Return the file system of a URI and the folder in it."""
    from pyarrow import ArrowInvalid
    from pyarrow.fs import FileSystem

    scheme, _, rest = uri.partition("://")
    before, at, place = rest.partition("?")[0].rpartition("@")
    if at and ":" in before:
        raise FormatError(
            f"Cannot open {scheme}://…@{place}: passwords and keys do not belong into an address, which is written to "
            "the manifest. Leave it out, and give it as the storage service says (AWS_SECRET_ACCESS_KEY, a profile)."
        )
    if not place.strip("/"):
        raise FormatError(
            f"Cannot open {uri}: it names no folder. Name one, such as {scheme}://bucket/folder.", uri=uri
        )
    try:
        try:
            files, folder = FileSystem.from_uri(uri)
        except ArrowInvalid:
            files, folder = _through_fsspec(uri)
    except (ImportError, OSError, ValueError) as exc:
        raise FormatError(
            f"Cannot open {uri}: {exc}. Name a folder of this machine or a URI of a file system that pyarrow or an "
            "installed fsspec package knows (s3://bucket/folder, gs://bucket/folder).",
            uri=uri,
        ) from exc
    return files, folder.rstrip("/")


def _through_fsspec(uri: str) -> tuple[FileSystem, str]:
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    try:
        from fsspec.core import url_to_fs
    except ImportError as exc:
        raise ImportError("fsspec is missing; run: python -m pip install fsspec") from exc
    files, folder = url_to_fs(uri)
    return PyFileSystem(FSSpecHandler(files)), folder

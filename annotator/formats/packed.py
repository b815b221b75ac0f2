"""Packed files (``.gz``, ``.zst``): unpacked on the way, a piece at a time, however much comes out of them."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    import pyarrow as pa
    from _typeshed import WriteableBuffer

PACKED = (".gz", ".zst")
"""Endings that are looked through: what stands before them says what the file holds."""

_BUFFER_BYTES = 1 << 18


def is_packed(name: str) -> bool:
    """Whether a file of this name is packed.

    Example:
        >>> is_packed("corpus.jsonl.ZST"), is_packed("corpus.jsonl")
        (True, False)
    """
    return name.casefold().endswith(PACKED)


def without_packing(name: str) -> str:
    """Return the name in lower case, without the ending that says it is packed.

    Example:
        >>> without_packing("corpus.JSONL.gz")
        'corpus.jsonl'
    """
    lowered = name.casefold()
    return next((lowered.removesuffix(ending) for ending in PACKED if lowered.endswith(ending)), lowered)


def unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    """Return a stream of what ``raw`` holds, unpacked if its name says so; closing it closes ``raw``."""
    lowered = name.casefold()
    if lowered.endswith(".gz"):
        return cast(BinaryIO, _OwningGzip(raw))
    if lowered.endswith(".zst"):
        return cast(BinaryIO, io.BufferedReader(_Zstandard(raw), _BUFFER_BYTES))
    return raw


class _OwningGzip(gzip.GzipFile):
    """A gzip reader that closes the file below it; GzipFile closes only what it opened itself."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._raw = raw

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Zstandard(io.RawIOBase):
    """What Arrow unpacks, as a stream of Python's; several frames one after the other are one file."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._stream: pa.CompressedInputStream = _arrow_stream(raw)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        found: bytes = self._stream.read(len(view))
        view[: len(found)] = found
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()  # and with it what is below
        super().close()


def _arrow_stream(raw: BinaryIO) -> pa.CompressedInputStream:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd")

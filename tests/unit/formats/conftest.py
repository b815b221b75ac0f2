"""Short ways to read bytes as a file of some name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotator.codebook import Codebook
from annotator.formats import Article, ReadItem, ReadOptions, Rejected, Source, read_source

Read = Callable[..., list[ReadItem]]
ReadOne = Callable[..., Article]
Refuse = Callable[..., Rejected]


@pytest.fixture
def read(codebook: Codebook) -> Read:
    """Read ``content`` as a file called ``name``, with labels checked against the shipped codebook."""

    def read(name: str, content: bytes | str, **options: object) -> list[ReadItem]:
        raw = content.encode("utf-8") if isinstance(content, str) else content
        chosen = ReadOptions(**{"codebook": codebook, **options})  # type: ignore[arg-type]
        return list(read_source(Source(name, content=raw), options=chosen))

    return read


@pytest.fixture
def read_one(read: Read) -> ReadOne:
    """Read what must be exactly one article."""

    def read_one(name: str, content: bytes | str, **options: object) -> Article:
        (item,) = read(name, content, **options)
        assert isinstance(item, Article), item
        return item

    return read_one


@pytest.fixture
def refuse(read: Read) -> Refuse:
    """Read what must be exactly one rejection."""

    def refuse(name: str, content: bytes | str, **options: object) -> Rejected:
        (item,) = read(name, content, **options)
        assert isinstance(item, Rejected), item
        return item

    return refuse

"""One suite for every format: its sample, its promises, its behaviour with bad input."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.formats import (
    FORMATS,
    Article,
    Format,
    ReadItem,
    ReadOptions,
    Rejected,
    Source,
    count_losses,
    read_path,
    read_source,
    write_file,
)
from annotator.formats.base import Part
from annotator.formats.records import article_from_record

SPANS = (
    LabelledSpan(0, 12, "The “illicit", "loaded_language", ("Morality",), "own", "", "-", note="=why\r\nso"),
    LabelledSpan(5, 27, "illicit 👩\u200d🚒 bases” are", "doubt", ("Morality", "Political"), "quoted", "US", "+"),
    LabelledSpan(5, 27, "illicit 👩\u200d🚒 bases” are", "name_calling"),
)
RICH = Article(
    Document(
        "../x",
        "The “illicit 👩\u200d🚒 bases” are cafe\u0301.\r\n\r\nقال الوزير\u2028End",
        title="T",
        outlet="-Herald",
        published="2023-08",
        url="https://x.example.org",
        event="E",
        metadata={"topic": "=oil", "n": "3"},
        original="<p>\r\n",
    ),
    annotations=(Annotation("ana", "submitted", ("Political", "Morality"), SPANS), Annotation("ben", "discarded")),
    gold=Annotation("gold", "submitted", ("Morality",), SPANS[:1]),
    codebook="news-framing@1",
    suggestions=({"id": "s1", "decisions": {"ana": "accepted"}},),
)
PLAIN = Article(Document("b", "\ufeffPlain.\n"), codebook="news-framing@1")

ALL = pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
WRITABLE = {name: known for name, known in FORMATS.items() if known.write or known.write_folder}
WRITTEN = pytest.mark.parametrize("format", WRITABLE.values(), ids=WRITABLE)


def target(folder: Path, format: Format) -> Path:
    return folder / f"out{format.extensions[0] if format.extensions else ''}"


def articles(path: Path, codebook: Codebook) -> list[Article]:
    items = list(read_path(path, options=ReadOptions(codebook=codebook)))
    assert all(isinstance(item, Article) for item in items), items
    return [item for item in items if isinstance(item, Article)]


def promised(article: Article, format: Format) -> Article:
    """What must come back: everything but what the format does not claim to keep, and suggestions."""
    document, annotations, gold = article.document, article.annotations, article.gold
    if "original" not in format.keeps:
        document = replace(document, original=None)
    if "empty_target" not in format.keeps:
        annotations = tuple(without_empty_targets(annotation) for annotation in annotations)
        gold = without_empty_targets(gold) if gold is not None else None
    return Article(document, annotations, gold, codebook=article.codebook)


def without_empty_targets(annotation: Annotation) -> Annotation:
    return replace(annotation, spans=tuple(replace(span, target=span.target or None) for span in annotation.spans))


@ALL
def test_sample_is_read_by_its_own_format(format: Format, tmp_path: Path, codebook: Codebook) -> None:
    options = ReadOptions(codebook=codebook)
    if format.is_text:
        # By its ending where it has one; corpora that share an ending are read by name, and bring their own labels.
        source = Source(f"sample{''.join(format.extensions[:1])}", content=format.sample.encode("utf-8"))
        by_name = {} if format.extensions else {"format": format.name}
        items: list[ReadItem] = list(read_source(source, options=ReadOptions() if by_name else options, **by_name))
    else:
        row = article_from_record(json.loads(format.sample), name="sample", line=1, options=options)
        write_file([row], target(tmp_path, format), format=format)
        items = list(read_path(target(tmp_path, format), options=options))
    (item,) = items
    assert isinstance(item, Article), item
    assert "illicit bases" in item.document.text
    assert item.warnings == ()


@ALL
@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_packed_sample_is_read_like_the_plain_one(format: Format, ending: str) -> None:
    if not format.is_text:
        return  # such files are packed inside
    content = format.sample.encode("utf-8")
    packed = {".gz": gzip.compress(content), ".zst": bytes(pa.Codec("zstd").compress(content, asbytes=True))}[ending]
    plain, unpacked = (
        list(read_source(Source(name, content=raw), format=format.name))
        for name, raw in (("sample", content), (f"sample{ending}", packed))
    )
    assert [item.document.text for item in unpacked if isinstance(item, Article)] == [
        item.document.text for item in plain if isinstance(item, Article)
    ]
    assert len(unpacked) == 1
    *_, cut = read_source(Source(f"sample{ending}", content=packed[:-4]), format=format.name)
    assert isinstance(cut, Rejected)
    assert cut.line is None


@ALL
def test_divided_format_reads_a_part_as_it_reads_the_whole(format: Format, tmp_path: Path) -> None:
    if format.divided not in ("lines", "rows"):
        return
    path = target(tmp_path, format)
    if format.is_text:
        path.write_text(format.sample * 7, encoding="utf-8")
    else:
        row = article_from_record(json.loads(format.sample), name="sample", line=1, options=ReadOptions())
        write_file([row] * 7, path, format=format)
    whole = list(format.read(Source("a", path=path), ReadOptions()))
    offset = 2 * len(format.sample.encode("utf-8")) if format.is_text else 0
    part = list(format.read(Source("a", path=path, part=Part(3, 4, offset)), ReadOptions()))
    assert part == whole[2:6]
    assert [item.line for item in part] == [3, 4, 5, 6]


@ALL
def test_format_is_known_by_its_name_and_endings(format: Format) -> None:
    assert FORMATS[format.name] is format
    for ending in format.extensions:
        assert ending == ending.lower()
        assert ending.startswith(".")
        assert [other.name for other in FORMATS.values() if ending in other.extensions] == [format.name]


@ALL
@pytest.mark.parametrize("content", [b"", b"\0\1\2\3", bytes(range(256)) * 40, b"\xff\xfe", b"PK\x03\x04", b"{", b'"'])
def test_nonsense_is_rejected_and_never_raised(format: Format, content: bytes) -> None:
    items = list(read_source(Source("nonsense", content=content), format=format.name))
    assert all(isinstance(item, Rejected) or item.document.text for item in items)
    for item in items:
        if isinstance(item, Rejected):
            assert item.reason
            assert "Traceback" not in item.reason


@WRITTEN
def test_written_file_holds_what_the_format_promises(format: Format, tmp_path: Path, codebook: Codebook) -> None:
    write_file([RICH, PLAIN], target(tmp_path, format), format=format)
    read = [
        replace(article, name="", line=None, warnings=()) for article in articles(target(tmp_path, format), codebook)
    ]
    assert read == [promised(RICH, format), promised(PLAIN, format)]


@WRITTEN
def test_what_does_not_come_back_is_counted(format: Format, tmp_path: Path, codebook: Codebook) -> None:
    write_file([RICH], target(tmp_path, format), format=format)
    (read,) = articles(target(tmp_path, format), codebook)
    came_back = replace(read, name="", line=None, warnings=(), suggestions=RICH.suggestions)
    is_whole = came_back == RICH and "suggestions" in format.keeps
    assert is_whole == (not count_losses(RICH, format))


@WRITTEN
def test_suggestions_of_a_file_are_never_annotations(format: Format, tmp_path: Path, codebook: Codebook) -> None:
    write_file([RICH], target(tmp_path, format), format=format)
    (read,) = articles(target(tmp_path, format), codebook)
    assert read.suggestions == ()
    assert [annotation.annotator for annotation in read.annotations] == ["ana", "ben"]
    assert bool(read.warnings) == ("suggestions" in format.keeps)


@WRITTEN
def test_writing_takes_articles_one_at_a_time(format: Format, tmp_path: Path) -> None:
    """5,000 articles are written without all of them being held."""
    alive: set[int] = set()
    most = 0

    class Tracked(Document):
        __slots__ = ()

        def __del__(self) -> None:
            alive.discard(id(self))

    def stream() -> Iterator[Article]:
        nonlocal most
        for number in range(5_000):
            document = Tracked(f"a{number}", "They keep illicit bases.")
            alive.add(id(document))
            most = max(most, len(alive))
            yield Article(document)
            del document

    write_file(stream(), target(tmp_path, format), format=format)
    assert most < 600  # a row group at most
    assert sum(1 for _ in read_path(target(tmp_path, format))) == 5_000


@WRITTEN
def test_no_articles_make_a_readable_empty_file(format: Format, tmp_path: Path) -> None:
    write_file([], target(tmp_path, format), format=format)
    assert list(read_path(target(tmp_path, format))) == []

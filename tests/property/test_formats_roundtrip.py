"""Laws of the formats: what is written is read back, whatever the text holds."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from annotator.annotations import Annotation, LabelledSpan
from annotator.documents import Document
from annotator.formats import FORMATS, Article, ReadItem, Rejected, Source, read_source
from annotator.formats.csv_ import write_csv
from annotator.formats.encoding import decode
from annotator.formats.visible import visible_text
from annotator.spans import CodePoint, OffsetMap

PIECES = (
    *("a", "base’s ", "\r\n", "\n", "\r", "\ufeff", "👩\u200d🚒", "🇸🇾", "e\u0301", "عربي", "עִבְרִית", "\u202b"),
    *("=", '"', "'", ",", ";", "\t", "\u2028", "\u0085", "\x1c", "\x0c", "\x1a", "<b>", "{", "\\"),
    *("\U0010ffff", "\ue000", "\ufffe"),
)
texts = st.lists(st.sampled_from(PIECES) | st.characters(codec="utf-8", exclude_characters="\0"), max_size=30).map(
    lambda pieces: "".join(["x", *pieces])
)
words = st.text(st.sampled_from("ab=-+@'＝ é🪧,\"|"), max_size=8).map(str.strip)
names = st.sampled_from(["ana", "ben", "=cara", "דנה"])


@st.composite
def spans_of(draw: st.DrawFn, text: str) -> LabelledSpan:
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    return LabelledSpan(
        start,
        end,
        text[start:end],
        draw(st.sampled_from(["doubt", "loaded_language"])),
        tuple(draw(st.lists(st.sampled_from(["Political", "Morality"]), max_size=2, unique=True))),
        draw(st.sampled_from(["own", "quoted", None])),
        draw(words | st.none()),
        draw(st.sampled_from(["-", "+", "0", None])),
        draw(words),
    )


@st.composite
def articles(draw: st.DrawFn) -> Article:
    text = draw(texts)
    labels = st.lists(spans_of(text), max_size=3).map(tuple)
    annotators = draw(st.lists(names, max_size=2, unique=True))
    return Article(
        Document(
            draw(words.filter(bool)),
            text,
            title=draw(words) or None,
            outlet=draw(words) or None,
            metadata=draw(st.dictionaries(words.filter(bool), words.filter(bool), max_size=2)),
        ),
        tuple(
            Annotation(name, draw(st.sampled_from(["draft", "submitted"])), ("Political",), draw(labels))
            for name in annotators
        ),
        draw(st.none() | labels.map(lambda spans: Annotation("gold", "submitted", (), spans))),
    )


def written(article: Article, name: str) -> bytes:
    stream = io.BytesIO()
    write = FORMATS[name].write
    assert write is not None
    write([article], stream)
    return stream.getvalue()


def read_back(content: bytes, name: str) -> Article:
    items: list[ReadItem] = list(read_source(Source("a", content=content), format=name))
    assert len(items) == 1
    assert isinstance(items[0], Article), items
    return replace(items[0], name="", line=None)


@given(articles())
def test_jsonl_gives_back_the_article(article: Article) -> None:
    assert read_back(written(article, "jsonl"), "jsonl") == article


@given(articles())
def test_parquet_gives_back_the_article(article: Article) -> None:
    assert read_back(written(article, "parquet"), "parquet") == article


@given(articles())
def test_csv_gives_back_the_article_but_for_empty_targets(article: Article) -> None:
    def emptied(annotation: Annotation) -> Annotation:
        return replace(annotation, spans=tuple(replace(span, target=span.target or None) for span in annotation.spans))

    expected = replace(
        article,
        annotations=tuple(emptied(annotation) for annotation in article.annotations),
        gold=emptied(article.gold) if article.gold is not None else None,
    )
    assert read_back(written(article, "csv"), "csv") == expected


@given(articles())
def test_no_csv_cell_starts_like_a_formula(article: Article) -> None:
    stream = io.BytesIO()
    write_csv([article], stream)
    for row in csv.reader(io.StringIO(stream.getvalue().decode("utf-8"), newline="")):
        for cell in row:
            assert not cell.startswith(tuple("=+-@\t\r\n\0＝＋－＠"))


@given(articles())
def test_utf16_offsets_mean_the_same_spans(article: Article) -> None:
    record = json.loads(written(article, "jsonl"))
    offsets = OffsetMap(article.document.text)
    for annotation in [*record["annotations"], record.get("gold") or {"spans": []}]:
        for span in annotation["spans"]:
            span["start"] = offsets.to_utf16(CodePoint(span["start"]))
            span["end"] = offsets.to_utf16(CodePoint(span["end"]))
    record["offset_unit"] = "utf16"
    assert read_back(json.dumps(record).encode(), "jsonl") == article


@given(texts)
def test_text_file_is_kept_to_the_character(text: str) -> None:
    assert read_back(text.encode("utf-8"), "txt").document.text == text


@given(texts, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"]))
def test_marked_file_is_kept_to_the_character(text: str, encoding: str) -> None:
    assert decode(("\ufeff" + text).encode(encoding)).text == "\ufeff" + text


@given(st.binary(max_size=300), st.sampled_from(sorted(FORMATS)))
def test_any_bytes_are_read_or_rejected(content: bytes, name: str) -> None:
    for item in read_source(Source("a", content=content), format=name):
        assert isinstance(item, Rejected) or item.document.text


@given(st.text(st.sampled_from("<>/!-abpdivscriptsvg&;'\" \n"), max_size=200))
def test_visible_text_of_any_page_ends(page: str) -> None:
    visible_text(page)

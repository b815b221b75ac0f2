"""CSV: plain tables in any dialect, our own rows, and cells that a spreadsheet must not run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.annotations import Annotation, LabelledSpan
from annotator.documents import Document
from annotator.formats import Article, ReadItem, Rejected
from annotator.formats.csv_ import COLUMNS, guard_formula, unguard_formula, write_csv

ARTICLE = Article(
    Document("=a1", "💩 They keep illicit bases.\r\nStill.", title="+1", outlet="@herald", metadata={"k": "-x"}),
    annotations=(
        Annotation(
            "ana",
            "submitted",
            ("Political", "Morality"),
            (
                LabelledSpan(12, 25, "illicit bases", "loaded_language", ("Morality",), "own", "US", "-", "=note"),
                LabelledSpan(12, 19, "illicit", "name_calling"),
            ),
        ),
        Annotation("ben", "draft"),
    ),
    gold=Annotation("gold", "submitted", ("Morality",)),
    codebook="news-framing@1",
)


def written(*articles: Article) -> bytes:
    stream = io.BytesIO()
    write_csv(articles, stream)
    return stream.getvalue()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no bom", "bom"])
def test_dialect_is_found(read_one: Callable[..., Article], delimiter: str, newline: str, mark: str) -> None:
    header = delimiter.join(["id", '"title, x; y\tz"', "text"])
    cells = delimiter.join(["a1", "T", f'"One{delimiter} ""two"".\r\nThree."'])
    document = read_one("a.csv", f"{mark}{header}{newline}{cells}{newline}").document
    assert (document.id, document.text) == ("a1", f'One{delimiter} "two".\r\nThree.')


def test_known_columns_are_details_and_others_metadata(read_one: Callable[..., Article]) -> None:
    content = "ID,Title,outlet,published,url,event,TEXT,Topic\na1,T,Herald,2023,http://x,E,One.,oil\n"
    document = read_one("a.csv", content).document
    assert (document.id, document.title, document.outlet, document.published) == ("a1", "T", "Herald", "2023")
    assert (document.url, document.event, document.metadata) == ("http://x", "E", {"Topic": "oil"})


def test_cell_of_1_mb_is_read(read_one: Callable[..., Article]) -> None:
    assert len(read_one("a.csv", "text\n" + "word " * 200_000).document.text) == 1_000_000


def test_row_without_id_is_named_after_its_line(read: Callable[..., list[ReadItem]]) -> None:
    items = read("a.csv", 'text\n"One\ntwo"\nThree\n')
    assert [item.document.id for item in items if isinstance(item, Article)] == ["a.csv:2", "a.csv:4"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("id,body\na,b\n", "there is no 'text'; found id, body. Rename 'body' to 'text'"),
        ("id,texts\na,b\n", "Rename 'texts' to 'text' if that is the article."),
        ("", "there is no 'text'; found nothing"),
        ("text,text\na,b\n", "column 'text' stands twice"),
        (bytes(range(128, 256)) * 5 + b"\x00\x81\x8d", "Is it binary?"),
        (b"PK\x03\x04 and more of it", "a ZIP archive"),
    ],
    ids=["no text column", "near text", "empty", "doubled", "binary", "xlsx"],
)
def test_table_that_cannot_be_read_is_rejected(
    refuse: Callable[..., Rejected], content: bytes | str, reason: str
) -> None:
    rejected = refuse("a.csv", content)
    assert reason in rejected.reason
    assert rejected.line is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a,b,c", "the row has 3 cells; the header has 2"),
        ("a", "the row has 1 cells"),
        ('a,"b"c', "the row is no CSV"),
        ("a,", "the text is empty"),
        ("a,b\0", "NUL"),
        ("a\x1b,b", "control characters"),
    ],
    ids=["too many", "too few", "text after a quote", "empty text", "nul", "control in id"],
)
def test_bad_row_is_rejected_and_the_rest_goes_on(read: Callable[..., list[ReadItem]], line: str, reason: str) -> None:
    first, bad, last = read("a.csv", f"id,text\nx,One\n{line}\ny,Three\n")
    assert isinstance(first, Article)
    assert isinstance(bad, Rejected)
    assert bad.line == 3
    assert reason in bad.reason
    assert isinstance(last, Article)
    assert last.line == 4


def test_quote_never_closed_is_said(read: Callable[..., list[ReadItem]]) -> None:
    items = read("a.csv", 'id,text\nx,One\ny,"Two\nz,Three\n')
    assert isinstance(items[0], Article)
    assert isinstance(items[1], Rejected)
    assert items[1].line == 3
    assert "Is a quote" in items[1].reason


def test_encoding_is_detected_anywhere_in_the_file(read: Callable[..., list[ReadItem]]) -> None:
    content = ("id,text\n" + "x,plain\n" * 5_000).encode() + "y,Le café fermé\n".encode("cp1252")
    items = read("a.csv", content)
    assert isinstance(items[-1], Article)
    assert items[-1].document.text == "Le café fermé"
    assert isinstance(items[0], Article)
    assert "read as cp1252" in items[0].warnings[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1251"])
def test_declared_encoding_is_used(read_one: Callable[..., Article], encoding: str) -> None:
    assert read_one("a.csv", "id,text\na,Да\n".encode(encoding), encoding=encoding).document.text == "Да"


def test_wrongly_declared_encoding_is_rejected(read: Callable[..., list[ReadItem]]) -> None:
    items = read("a.csv", "id,text\na,é\n".encode("cp1252"), encoding="utf-8")
    assert isinstance(items[-1], Rejected)
    assert "not utf-8" in items[-1].reason


def test_own_file_is_read_back(read_one: Callable[..., Article]) -> None:
    article = read_one("a.csv", written(ARTICLE))
    assert article.document == ARTICLE.document
    assert article.annotations == ARTICLE.annotations
    assert article.gold == ARTICLE.gold
    assert article.codebook == "news-framing@1"


def test_own_file_has_a_row_per_document_annotation_and_span() -> None:
    found = rows(written(ARTICLE))
    assert [row["row"] for row in found] == ["document", "annotation", "span", "span", "annotation", "annotation"]
    assert {row["offset_unit"] for row in found} == {"codepoint"}
    assert list(found[0]) == list(COLUMNS)
    assert [row["quote"] for row in found if row["row"] == "span"] == ["illicit bases", "illicit"]


def test_no_written_cell_can_be_run_by_a_spreadsheet() -> None:
    risky = tuple("=+-@\t\r\n\0＝＋－＠")
    for row in rows(written(ARTICLE)):
        for column, cell in row.items():
            assert not cell.startswith(risky), column


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'=", "''-"])
def test_risky_cell_gets_an_apostrophe(start: str) -> None:
    assert guard_formula(f"{start}x") == f"'{start}x"


@pytest.mark.parametrize("cell", ["", "a=b", "'tis", "1-2", " =x", "''"])
def test_harmless_cell_stays(cell: str) -> None:
    assert guard_formula(cell) == cell


@given(st.text(alphabet=st.sampled_from("'=-@a\n＝")))
def test_guard_can_always_be_undone(cell: str) -> None:
    assert unguard_formula(guard_formula(cell)) == cell


def test_foreign_file_keeps_its_apostrophes(read_one: Callable[..., Article]) -> None:
    assert read_one("a.csv", "text\n'=x is how Excel shows it\n").document.text == "'=x is how Excel shows it"


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ("document", "no document row for '=a1' stands before this annotation row"),
        ("annotation", "no annotation row for annotator 'ana' stands before this span row"),
    ],
)
def test_own_row_without_its_parent_is_rejected(read: Callable[..., list[ReadItem]], drop: str, reason: str) -> None:
    lines = written(ARTICLE).replace(b"\r\nStill", b" Still").split(b"\r\n")
    kept = [line for line in lines if not line.startswith(f'"{drop}"'.encode())]
    reasons = [item.reason for item in read("a.csv", b"\r\n".join(kept)) if isinstance(item, Rejected)]
    assert reason in " ".join(reasons)


def test_own_row_of_unknown_kind_is_rejected(read: Callable[..., list[ReadItem]]) -> None:
    items = read("a.csv", written(ARTICLE).replace(b'"span"', b'"spam"', 1))
    assert isinstance(items[0], Rejected)
    assert "'row' is 'spam'; expected document, annotation or span" in items[0].reason

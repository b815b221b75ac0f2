"""JSON Lines: the annotated-corpus contract, one line at a time, and everything that can be wrong with a line."""

# ruff: noqa: E501 - a table of lines and reasons reads best with one case per line

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.formats import Article, ReadItem, ReadOptions, Rejected, read_path
from annotator.formats import jsonl as jsonl_module
from annotator.formats.jsonl import write_jsonl

TEXT = "💩 They keep illicit bases."
SPAN = {"start": 12, "end": 25, "quote": "illicit bases", "device": "loaded_language"}


def row(**changes: Any) -> str:
    record: dict[str, Any] = {"id": "a1", "text": TEXT, "annotations": [{"annotator": "ana", "spans": [SPAN]}]}
    return json.dumps({**record, **changes})


def span_row(**changes: Any) -> str:
    return row(annotations=[{"annotator": "ana", "spans": [{**SPAN, **changes}]}])


def test_plain_row_is_a_document(read_one: Callable[..., Article]) -> None:
    line = {
        "id": 7,
        "text": "One.\r\n",
        "outlet": "Herald",
        "published": "2023-08-29",
        "topic": "oil",
        "n": 3,
        "x": None,
    }
    document = read_one("a.jsonl", json.dumps(line)).document
    assert (document.id, document.text, document.outlet, document.published) == (
        "7",
        "One.\r\n",
        "Herald",
        "2023-08-29",
    )
    assert document.metadata == {"topic": "oil", "n": "3"}


def test_row_without_id_is_named_after_its_line(read: Callable[..., list[ReadItem]]) -> None:
    items = read("sub/a.jsonl", '{"text": "One."}\n\n{"text": "Two."}\n')
    assert [item.document.id for item in items if isinstance(item, Article)] == ["sub/a.jsonl:1", "sub/a.jsonl:3"]


def test_contract_row_is_read_whole(read_one: Callable[..., Article]) -> None:
    gold = {"frames": ["Political"], "spans": [{**SPAN, "voice": "own", "target": "", "polarity": "-"}]}
    article = read_one("a.jsonl", row(gold=gold, codebook="news-framing@1", offset_unit="codepoint"))
    assert article.annotations == (
        Annotation("ana", "draft", (), (LabelledSpan(12, 25, "illicit bases", "loaded_language"),)),
    )
    assert article.gold is not None
    assert (article.gold.annotator, article.gold.frames) == ("gold", ("Political",))
    assert article.gold.spans[0].target == ""
    assert article.codebook == "news-framing@1"
    assert article.warnings == ()


@pytest.mark.parametrize("by", ["row", "option"])
def test_utf16_offsets_are_converted(read_one: Callable[..., Article], by: str) -> None:
    changes: dict[str, Any] = {"annotations": [{"annotator": "ana", "spans": [{**SPAN, "start": 13, "end": 26}]}]}
    if by == "row":
        article = read_one("a.jsonl", row(**changes, offset_unit="utf16"))
    else:
        article = read_one("a.jsonl", row(**changes), offsets="utf16")
    assert (article.annotations[0].spans[0].start, article.annotations[0].spans[0].end) == (12, 25)


def test_offsets_option_overrules_a_row_and_says_so(read_one: Callable[..., Article]) -> None:
    changes: dict[str, Any] = {"annotations": [{"annotator": "ana", "spans": [{**SPAN, "start": 13, "end": 26}]}]}
    article = read_one("a.jsonl", row(**changes, offset_unit="codepoint"), offsets="utf16")
    assert article.annotations[0].spans[0].start == 12
    assert "says offset_unit 'codepoint'; read as 'utf16'" in article.warnings[0]


BAD = {
    "no json": ("{oops", "no JSON"),
    "half an object": ('{"text": "One."', "no JSON"),
    "two objects": ('{"text": "One."} {"text": "Two."}', "no JSON"),
    "array": ('["One."]', "JSON list; expected an object"),
    "number": ("7", "JSON number"),
    "null": ("null", "JSON null"),
    "deep": ("[" * 100_000, "nests too deeply"),
    "huge number": ('{"text": "One.", "n": ' + "9" * 5_000 + "}", "no JSON this program can read"),
    "no text": ('{"id": "a", "body": "One."}', "there is no 'text'; found id, body."),
    "near text": ('{"id": "a", "texts": "One."}', "Rename 'texts' to 'text' if that is the article."),
    "text is null": ('{"text": null}', "'text' is a JSON null"),
    "text is a list": ('{"text": ["One."]}', "'text' is a JSON list"),
    "empty text": ('{"text": " "}', "the text is empty"),
    "nul": ('{"text": "a\\u0000b"}', "NUL"),
    "lone surrogate": ('{"text": "a\\ud800b"}', "lone surrogate (U+D800) at offset 1"),
    "too long": (json.dumps({"text": "x" * 2_000_001}), "2,000,001 characters"),
    "id is a list": ('{"id": [], "text": "One."}', "'id' is a JSON list"),
    "id with escape": ('{"id": "a\\u001b[2J", "text": "One."}', "'a\\x1b[2J' holds control"),
    "title is an object": ('{"title": {}, "text": "One."}', "'title' is a JSON object"),
    "scored row": ('{"id": "a", "model": "m@1", "spans": [], "summary": {}}', "scored article (written by annotator score)"),
    "wrong hash": (row(text_sha256="0" * 64), "the text was changed after it was written"),
    "unknown unit": (row(offset_unit="utf-16"), "'offset_unit' is 'utf-16'; expected codepoint or utf16. Did you mean"),
    "quote elsewhere": (span_row(quote="illicit oil"), "the text there reads 'illicit bases', but the span's quote is"),
    "utf16 offsets": (span_row(start=13, end=26), "import with --offsets utf16"),
    "inclusive end": (span_row(end=24), "add 1 to 'end'"),
    "outside": (span_row(end=999), "the text has 26 code points"),
    "reversed": (span_row(start=25, end=12), "expected 0 <= start < end"),
    "offset is text": (span_row(start="12"), "'start' is '12'; expected int"),
    "no quote": (span_row(quote=None), "'quote' is None"),
    "unknown device": (span_row(device="loaded_langauge"), "Did you mean 'loaded_language'?"),
    "unknown frame": (span_row(frames=["Politcal"]), "Did you mean 'Political'?"),
    "unknown voice": (span_row(voice="qouted"), "Did you mean 'quoted'?"),
    "unknown polarity": (span_row(polarity="neg"), "Unknown polarity 'neg'"),
    "three frames": (span_row(frames=["Political", "Morality", "Economic"]), "allows 2"),
    "unknown article frame": (row(annotations=[{"annotator": "ana", "frames": ["Moralty"]}]), "Did you mean 'Morality'?"),
    "unknown status": (row(annotations=[{"annotator": "ana", "status": "submited"}]), "Did you mean 'submitted'?"),
    "no annotator": (row(annotations=[{"spans": []}]), "import with --annotator NAME"),
    "annotator twice": (row(annotations=[{"annotator": "ana"}, {"annotator": "Ana"}]), "more than one annotation"),
    "annotations is text": (row(annotations="x"), "'annotations' is no JSON"),
    "annotations is an object": (row(annotations={"a": 1}), "'annotations' is a JSON object"),
    "span is text": (row(annotations=[{"annotator": "ana", "spans": ["x"]}]), "a span of annotation 1 is a JSON string"),
    "spans is an object": (row(annotations=[{"annotator": "ana", "spans": {"a": 1}}]), "expected a list"),
    "gold is a list": (row(gold=[1]), "gold is a JSON list"),
    "original with nul": (row(original="a\0"), "'original' holds NUL"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
def test_bad_line_is_rejected_and_the_rest_goes_on(read: Callable[..., list[ReadItem]], line: str, reason: str) -> None:
    first, bad, last = read("c.jsonl", f'{{"text": "One."}}\n{line}\n{{"text": "Three."}}\n')
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert last.line == 3
    assert isinstance(bad, Rejected)
    assert (bad.name, bad.line) == ("c.jsonl", 2)
    assert reason in bad.reason
    assert bad.message.startswith("c.jsonl, line 2: ")
    assert bad.message.count("c.jsonl, line 2") == 1


def test_line_in_another_encoding_is_rejected_alone(read: Callable[..., list[ReadItem]]) -> None:
    content = b'{"text": "One."}\n' + '{"text": "café"}\n'.encode("cp1252") + '{"text": "café"}'.encode()
    first, bad, last = read("c.jsonl", content)
    assert isinstance(bad, Rejected)
    assert "not utf-8: byte 0xE9" in bad.reason
    assert isinstance(last, Article)
    assert last.document.text == "café"
    assert isinstance(first, Article)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "cp1252"])
def test_lines_in_other_encodings_are_split_rightly(read: Callable[..., list[ReadItem]], encoding: str) -> None:
    # U+0A0D, U+0D0A and U+0A0A hold the byte of a line feed without being one.
    wide = "" if encoding == "cp1252" else "\u0a0d\u0d0a\u0a0a🪧\u2028\u0085"
    lines = [json.dumps({"text": f"café {number} {wide}"}, ensure_ascii=False) for number in range(3)]
    declared = encoding if encoding in ("utf-16-le", "cp1252") else None
    items = read("c.jsonl", "\n".join(lines).encode(encoding), encoding=declared)
    assert [item.document.text for item in items if isinstance(item, Article)] == [f"café {n} {wide}" for n in range(3)]
    assert [item.line for item in items] == [1, 2, 3]


def test_line_longer_than_the_limit_is_skipped_whole(
    read: Callable[..., list[ReadItem]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl_module, "MAX_LINE_BYTES", 100)
    bad, good = read("c.jsonl", json.dumps({"text": "x" * 1_000}) + '\n{"text": "Two."}')
    assert isinstance(bad, Rejected)
    assert "longer than 100 bytes" in bad.reason
    assert isinstance(good, Article)
    assert good.line == 2


def test_annotator_option_names_whose_the_annotations_are(read_one: Callable[..., Article]) -> None:
    article = read_one("a.jsonl", row(annotations=[{"spans": [SPAN]}]), annotator="ben")
    assert article.annotations[0].annotator == "ben"


def test_labels_are_left_alone_when_nobody_asks_for_them(read_one: Callable[..., Article]) -> None:
    article = read_one("a.jsonl", span_row(device="nonsense", end=999), annotations=False)
    assert article.annotations == ()


def test_quotes_are_checked_without_a_codebook_too(
    read_one: Callable[..., Article], refuse: Callable[..., Rejected]
) -> None:
    assert read_one("a.jsonl", span_row(device="other"), codebook=None).annotations[0].spans[0].device == "other"
    assert "reads 'illicit bases'" in refuse("a.jsonl", span_row(quote="x"), codebook=None).reason


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"published": "29/08/2023"}, "'published' is no date"),
        ({"title": "a\u0000b"}, "'title' held control characters"),
        ({"outlet": "a\ud800"}, "'outlet' held control characters"),
        ({"codebook": "mfc@1"}, "labels were made with codebook 'mfc@1'; checked against 'news-framing@1'"),
        ({"suggestions": [{"id": "x"}]}, "1 suggestions not read"),
    ],
    ids=["date", "nul in title", "surrogate in outlet", "other codebook", "suggestions"],
)
def test_oddity_is_settled_and_said(read_one: Callable[..., Article], changes: dict[str, Any], warning: str) -> None:
    article = read_one("a.jsonl", row(**changes))
    assert warning in article.warnings[0]


def test_date_that_is_none_is_kept_as_metadata(read_one: Callable[..., Article]) -> None:
    document = read_one("a.jsonl", row(published="29/08/2023")).document
    assert document.published is None
    assert document.metadata["published"] == "29/08/2023"


def test_written_line_says_its_unit_and_holds_exact_text(read_one: Callable[..., Article]) -> None:
    stream = io.BytesIO()
    article = read_one("a.txt", "\ufeffOne 🪧\u2028two\r\n")
    write_jsonl([article], stream)
    assert stream.getvalue().count(b"\n") == 1
    record = json.loads(stream.getvalue())
    assert record["text"] == article.document.text
    assert record["offset_unit"] == "codepoint"
    assert record["text_sha256"] == article.document.text_sha256


def test_file_of_20_mb_streams(tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    line = json.dumps({"text": "The ministry said so. " * 50}) + "\n"
    path.write_text(line * (20_000_000 // len(line)), encoding="utf-8")
    tracemalloc.start()
    count = sum(isinstance(item, Article) for item in read_path(path, options=ReadOptions()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000_000 // len(line)
    assert peak < 2_000_000

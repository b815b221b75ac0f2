"""``annotator score``: what it writes, what it refuses, and how it ends."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from annotator.cli import main

TEXT = "The illicit bases stayed. Officials of the regime said nothing."


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    (folder / "b.txt").write_text("The council met on Monday.", "utf-8")
    return folder


def _score(*arguments: object, given: bytes | None = None) -> Result:
    options = ["score", *map(str, arguments)]
    if "--suggester" not in options:
        options += ["--suggester", "lexicon"]
    return CliRunner().invoke(main, options, input=given)


def _records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_score_writes_one_contract_record_per_article(articles: Path) -> None:
    result = _score(articles)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = _records(result)
    assert list(first) == [
        *("id", "outlet", "title", "published", "url", "text_sha256", "offset_unit", "model", "codebook"),
        *("frames", "spans", "summary"),
    ]
    assert (first["id"], first["offset_unit"], first["codebook"]) == ("a.txt", "codepoint", "news-framing@1")
    assert [span["quote"] for span in first["spans"]] == [TEXT[s["start"] : s["end"]] for s in first["spans"]]
    assert {"illicit bases", "regime"} <= {span["quote"] for span in first["spans"]}
    assert {span["agent"] for span in first["spans"]} == {"lexicon"}
    assert second["spans"] == []
    assert second["summary"] == {"words": 5, "loaded_per_1000_words": 0.0, "own_voice_per_1000_words": 0.0}


def test_score_goes_on_after_bad_files_and_ends_with_3(articles: Path) -> None:
    (articles / "c.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9)
    (articles / "d.txt").write_text(" \n", "utf-8")
    result = _score(articles, articles / "missing.txt")
    assert result.exit_code == 3
    assert [record["id"] for record in _records(result)] == ["a.txt", "b.txt"]
    messages = result.stderr.splitlines()
    assert [line.split(":")[0] for line in messages[:2]] == ["Not scored", "Not scored"]
    assert "c.txt" in messages[0]
    assert "d.txt" in messages[1]
    assert "there is no such file or folder" in messages[2]
    assert messages[3] == "2 articles scored, 3 not; the reasons are listed above."


def test_score_reads_standard_input_as_text(articles: Path) -> None:
    (record,) = _records(_score("-", given=TEXT.encode()))
    assert record["summary"]["words"] == 10


def test_score_reads_json_lines_from_standard_input() -> None:
    lines = [{"id": "x", "outlet": "Herald", "text": TEXT}, {"id": "y", "text": "Nothing."}]
    result = _score("-", given="\n".join(map(json.dumps, lines)).encode())
    assert [(r["id"], r["outlet"]) for r in _records(result)] == [("x", "Herald"), ("y", None)]


def test_score_reports_a_broken_line_and_scores_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text(f'{{"id": "x", "text": "{TEXT}"}}\n{{"id": "y", \n{{"id": "z", "text": "Calm."}}\n', "utf-8")
    result = _score(path)
    assert result.exit_code == 3
    assert [record["id"] for record in _records(result)] == ["x", "z"]
    assert "many.jsonl, line 2" in result.stderr


def test_score_writes_the_same_to_parquet(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "scored.parquet"
    assert _score(articles, "-o", out).exit_code == 0
    rows = [{k: v for k, v in row.items() if k != "notes"} for row in pq.read_table(out).to_pylist()]
    assert rows == _records(_score(articles))


def test_score_writes_csv_a_spreadsheet_will_not_run(tmp_path: Path) -> None:
    path = tmp_path / "evil.jsonl"
    path.write_text(json.dumps({"id": "=1+1", "title": "@SUM(A1)", "outlet": "-2", "text": TEXT}) + "\n", "utf-8")
    result = _score(path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) >= 2
    assert (rows[0]["id"], rows[0]["title"], rows[0]["outlet"]) == ("'=1+1", "'@SUM(A1)", "'-2")
    assert TEXT[int(rows[0]["start"]) : int(rows[0]["end"])] == rows[0]["quote"]


def test_score_csv_keeps_articles_without_spans(articles: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(_score(articles, "--format", "csv").stdout)))
    assert [row["id"] for row in rows if not row["device"]] == ["b.txt"]


def test_score_does_not_overwrite_without_force(articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "scored.jsonl"
    out.write_text("mine")
    refused = _score(articles, "-o", out)
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"Error: Cannot write '{out}': it exists. Choose another name, or overwrite it with --force.\n"
    )
    assert out.read_text() == "mine"
    assert _score(articles, "-o", out, "--force").exit_code == 0
    assert len(out.read_text().splitlines()) == 2


def test_score_leaves_no_half_written_file(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(records: object, stream: io.BufferedWriter) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("annotator.workflows.score_output.WRITERS", {"jsonl": broken})
    out = tmp_path / "scored.jsonl"
    result = _score(articles, "-o", out)
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["articles"]


def test_score_reports_what_it_did_as_json(articles: Path, tmp_path: Path) -> None:
    (articles / "d.txt").write_text("", "utf-8")
    result = _score(articles, "-o", tmp_path / "scored.jsonl", "--json")
    done = json.loads(result.stdout)
    assert (done["scored"], done["spans"] > 0, [r["name"] for r in done["rejected"]]) == (2, True, ["d.txt"])


def test_score_threshold_leaves_out_the_less_probable(articles: Path) -> None:
    everything, few = _records(_score(articles, "--threshold", "0")), _records(_score(articles, "--threshold", "0.99"))
    assert len(everything[0]["spans"]) > 0
    assert all(span["probability"] >= 0.99 for record in few for span in record["spans"])


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--threshold", "7"], "7.0 is not in the range 0<=x<=1"),
        (["--format", "xml"], "'xml' is not one of"),
        (["--model", "x"], "--model has no use with --suggester lexicon"),
    ],
    ids=["threshold", "format", "model for the lexicon"],
)
def test_score_refuses_wrong_usage(articles: Path, arguments: list[str], found: str) -> None:
    result = _score(articles, *arguments)
    assert result.exit_code == 2
    assert found in result.stderr


def test_score_with_a_missing_model_says_what_to_do(articles: Path, tmp_path: Path) -> None:
    result = _score(articles, "--suggester", "model", "--model", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "there is no such folder. Name a folder that holds config.json" in result.stderr

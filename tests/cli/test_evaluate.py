"""``annotator evaluate``: the report, the JSON, comparisons, research corpora, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.formats.corpora import SAMPLES

TEXT = "They keep illicit bases.\nThe council of town {n} met the regime on Monday."
FIGURES = (
    *("spans_partial", "spans_partial_with_device", "spans_exact", "spans_exact_with_device"),
    *("device_micro_f1_on_matched", "device_macro_f1_on_matched", "frames_micro_f1", "frames_macro_f1"),
    *("voice_accuracy_on_matched", "polarity_accuracy_on_matched", "calibration_error_spans"),
    *("calibration_error_frames", "reliability_spans", "reliability_frames", "by_device", "by_frame"),
)


def _row(number: int) -> dict[str, Any]:
    span = {"start": 10, "end": 23, "quote": "illicit bases", "device": "presupposed_judgement", "voice": "own"}
    note = {"annotator": "ana", "status": "submitted", "frames": ["Political"], "spans": [span]}
    return {"id": f"a{number}", "text": TEXT.format(n=number), "annotations": [note]}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(_row(n)) + "\n" for n in range(4)), "utf-8")
    return path


def _evaluate(*arguments: object) -> Result:
    options = ["evaluate", "--samples", "20", *map(str, arguments)]
    if "--suggester" not in options:
        options += ["--suggester", "lexicon"]
    return CliRunner().invoke(main, options)


def test_json_holds_every_figure_with_its_interval(corpus: Path) -> None:
    result = _evaluate("--data", corpus, "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert set(FIGURES) <= set(record)
    assert (record["documents"], record["gold_spans"], record["codebook"]) == (4, 4, "news-framing@1")
    assert set(record["spans_partial"]) == {"precision", "recall", "f1"}
    assert set(record["spans_partial"]["f1"]) == {"value", "interval"}
    assert record["left_out"] == {"rejected": [], "without_gold": 0, "undecided": 0}


def test_report_for_people_has_tables_and_a_reliability_diagram(corpus: Path) -> None:
    result = _evaluate("--data", corpus)
    assert result.exit_code == 0
    assert "loaded phrases found, F1" in result.stdout
    assert "By device (partial overlap)" in result.stdout
    assert "By article frame: none was suggested" in result.stdout
    assert "│" in result.stdout
    assert "– calibration error, frames: no document has the labels this figure counts." in result.stdout


def test_output_goes_to_a_file_that_is_not_overwritten(corpus: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    assert _evaluate("--data", corpus, "--json", "-o", target).stdout == ""
    assert json.loads(target.read_text("utf-8"))["documents"] == 4
    again = _evaluate("--data", corpus, "--json", "-o", target)
    assert again.exit_code == 1
    assert "--force" in again.stderr


def test_rows_that_do_not_fit_are_listed_and_the_others_measured(corpus: Path) -> None:
    bad = _row(9)
    bad["annotations"][0]["spans"][0]["device"] = "sarcasm"
    with corpus.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(bad) + "\n" + json.dumps(_row(10) | {"annotations": []}) + "\n")
    result = _evaluate("--data", corpus, "--json")
    assert result.exit_code == 3
    assert "Not measured: gold.jsonl, line 5: annotator 'ana': Unknown device 'sarcasm'" in result.stderr
    record = json.loads(result.stdout)
    assert (record["documents"], record["left_out"]["without_gold"]) == (4, 1)
    assert record["left_out"]["rejected"][0]["line"] == 5


def test_file_of_another_codebook_says_which(corpus: Path) -> None:
    corpus.write_text(json.dumps(_row(1) | {"codebook": "stance@3"}), "utf-8")
    result = _evaluate("--data", corpus)
    assert result.exit_code == 1
    assert "'stance@3'" in result.stderr
    assert "'news-framing@1'" in result.stderr


def test_research_corpus_is_measured_in_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / "ptc.jsonl"
    path.write_text(SAMPLES["ptc2020"] + SAMPLES["ptc2020"].replace("p1", "p2"), "utf-8")
    record = json.loads(_evaluate("--data", path, "--input-format", "ptc2020", "--json").stdout)
    assert record["codebook"] == "ptc2020@1"
    assert record["by_device"]["Loaded_Language"]["gold"] == 2
    assert record["spans_partial_with_device"]["recall"]["value"] == 1.0


def test_baselines_learn_from_other_files(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    train = tmp_path / "train.jsonl"
    train.write_text("".join(json.dumps(_row(n)) + "\n" for n in range(3, 20)), "utf-8")
    result = _evaluate("--data", corpus, "--baselines", "--train-data", train, "--json")
    assert result.exit_code == 0, result.output
    assert "1 articles to learn from are among those measured" in result.stderr
    compared = json.loads(result.stdout)["comparisons"]
    assert list(compared) == ["tfidf", "phrases"]
    assert compared["phrases"]["spans_exact"]["f1"]["value"] == 1.0
    assert compared["phrases"]["difference"]["spans_exact.f1"]["interval"][1] <= 0


def test_project_is_measured_against_submitted_annotations(corpus: Path, tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    given = ["import", str(corpus), "--project", "p", "--create", "--db", str(database)]
    assert CliRunner().invoke(main, given).exit_code == 0
    result = _evaluate("--project", "p", "--db", database, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["documents"] == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name the labelled articles with --data"),
        (("--data", "x", "--project", "p"), "one of the two"),
        (("--data", "x", "--train-data", "y"), "--train-data is for --baselines"),
        (("--data", "x", "--model", "m"), "--model has no use"),
    ],
)
def test_wrong_usage_is_said(arguments: tuple[str, ...], message: str) -> None:
    result = _evaluate(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_missing_file_is_one_error(tmp_path: Path) -> None:
    result = _evaluate("--data", tmp_path / "none.jsonl")
    assert result.exit_code == 1
    assert "there is no such file" in result.stderr

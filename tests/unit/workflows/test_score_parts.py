"""Parts: their names, what is counted and joined, and articles that fail among others that do not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from score_kit import errors, ids, lexicon_job, parts, write_corpus

from annotator.annotations import Suggestions
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.formats import Article, ReadOptions, Rejected
from annotator.workflows.manifest import Manifest
from annotator.workflows.part_store import LocalParts, PartName, part_names
from annotator.workflows.ranges import Piece, plan_ranges
from annotator.workflows.score_failures import Failure
from annotator.workflows.score_job import Job, Scorer
from annotator.workflows.score_join import count_written, join_parts
from annotator.workflows.score_output import WRITERS
from annotator.workflows.score_setting import Setting, differences, identity
from annotator.workflows.score_target import earlier_backend, target_of
from annotator.workflows.scoring import Scoring, nowhere


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two articles with spans, one without, and the first two again."""
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "c.jsonl", 2)
    with corpus.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"id": "calm", "text": "It rained."}) + "\n")
    scorer = Scorer(lexicon_job(Path("unused")))
    (range_,) = plan_ranges([corpus], options=ReadOptions(annotations=False), input_format=None)
    from annotator.workflows.ranges import read_range

    work = scorer.scoring(on_message=pytest.fail)
    found = list(work.records(nowhere(read_range(range_, scorer.job.read_options))))
    assert [len(record["spans"]) > 0 for record in found] == [True, True, False]
    return [*found, *found[2:], *found[:2], *found[1:2]]


def _written(records: Iterable[dict[str, Any]], format: str) -> bytes:
    stream = io.BytesIO()
    WRITERS[format](records, stream)
    return stream.getvalue()


@pytest.mark.parametrize("format", WRITERS)
def test_articles_and_spans_of_a_part_are_counted(records: list[dict[str, Any]], format: str) -> None:
    spans = sum(len(record["spans"]) for record in records)
    assert count_written(_written(records, format), format) == (7, spans)
    assert count_written(_written([], format), format) == (0, 0)


@pytest.mark.parametrize("format", WRITERS)
def test_joined_parts_are_as_if_written_together(records: list[dict[str, Any]], format: str, tmp_path: Path) -> None:
    store = LocalParts(tmp_path / "parts")
    for name, some in (("a", records[:3]), ("b", []), ("c", records[3:])):
        store.write(name, _written(some, format))
    joined = io.BytesIO()
    join_parts(store, ["a", "b", "c"], joined, format=format)
    if format != "parquet":
        assert joined.getvalue() == _written(records, format)
        return
    import pyarrow.parquet as pq

    joined.seek(0)
    assert pq.read_table(joined).equals(pq.read_table(io.BytesIO(_written(records, format))))


def test_part_names_are_read_back_in_order() -> None:
    first, again, later, large = (
        PartName(number, retry, "0123456789ab", "jsonl") for number, retry in ((1, 0), (1, 2), (2, 0), (1_000_000, 0))
    )
    names = [large.part, later.part, again.errors, again.part, first.part, "manifest.json", "part-1.jsonl", "x.csv"]
    assert part_names(names, format="jsonl") == ([first, again, later, large], [again])
    assert again.part == "part-000001r2-0123456789ab.jsonl"
    assert part_names(names, format="csv") == ([], [again.__class__(1, 2, "0123456789ab", "csv")])


@pytest.mark.parametrize(
    ("output", "is_file", "format"),
    [
        ("scored.jsonl", True, "jsonl"),
        ("Scored.CSV", True, "csv"),
        ("scored.parquet", True, "parquet"),
        ("scored.txt", True, "jsonl"),
        ("scored", False, "jsonl"),
        ("run-2024.05", False, "jsonl"),
        ("scored.csv/", False, "jsonl"),
        ("s3://bucket/scored.csv", False, "jsonl"),
    ],
)
def test_output_with_an_ending_is_one_file(
    output: str, is_file: bool, format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = target_of(output)
    assert (target.file is not None, target.format, target.shown) == (is_file, format, output.rstrip("/"))
    assert target_of(output, "csv").format == "csv"


def test_output_that_exists_is_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "scored").write_text("")
    (tmp_path / "scored.csv").mkdir()
    assert target_of(str(tmp_path / "scored")).file == tmp_path / "scored"
    assert target_of(str(tmp_path / "scored.csv")).file is None


class _Grumpy:
    """Suggests nothing, and fails at some texts; notes which documents it was given together."""

    agent, version, codebook = "lexicon", "grumpy@1", "news-framing@1"

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        self.calls.append([])
        for document in documents:
            self.calls[-1].append(document.id)
            if document.text == "bad":
                raise RuntimeError("no")
            yield Suggestions(document.id, "lexicon", self.version, self.codebook, ())


def test_article_that_fails_costs_none_of_the_others() -> None:
    texts = ["fine", "bad", "fine", "bad", "fine"]
    items = [Article(Document(f"d{n}", text), name="c.jsonl", line=n + 1) for n, text in enumerate(texts)]
    told: list[str] = []
    grumpy = _Grumpy()
    work = Scoring([grumpy], minimum=None, on_message=told.append)  # type: ignore[list-item]
    found = work.records(nowhere([*items[:4], Rejected("e.txt", None, "it is empty."), items[4]]))
    assert [record["id"] for record in found] == ["d0", "d2", "d4"]
    assert told == [
        "Not scored: c.jsonl, line 2: it cannot be scored: RuntimeError: no",
        "Not scored: c.jsonl, line 4: it cannot be scored: RuntimeError: no",
        "Not scored: e.txt: it is empty.",
    ]
    assert grumpy.calls == [["d0", "d1"], ["d1"], ["d2"], ["d3"], ["d4"]]
    assert (work.scored, [failure.id for failure in work.failures]) == (3, ["d1", "d3", None])


def test_failure_is_read_back_whole() -> None:
    for failure in (
        Failure(Piece("a\udcff.txt", "/x/a\udcff.txt", "txt"), "a\udcff.txt", None, "it is empty."),
        Failure(Piece("c.csv", None, "csv", 7, lines=("{}",)), "c.csv", 7, "why", id="a7"),
        Failure(Piece("c.jsonl", "/x/c.jsonl", "jsonl", 5, 9, 400), "c.jsonl", 6, "gone", last=13),
    ):
        line = json.dumps(failure.to_record(), ensure_ascii=False).encode("utf-8", "backslashreplace")
        assert Failure.from_record(json.loads(line)) == failure


def test_list_of_failures_is_there_before_its_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is there is complete, so what failed in it must not be lost in between."""
    corpus = tmp_path / "c.jsonl"
    corpus.write_text('{"id": "a", "text": "Illicit bases."}\n{"id": "b"}\n', "utf-8")
    (range_,) = plan_ranges([corpus], options=ReadOptions(annotations=False), input_format=None)
    scorer, store = Scorer(lexicon_job(tmp_path / "out")), LocalParts(tmp_path / "out")
    write = LocalParts.write

    def cut_off(self: LocalParts, name: str, content: bytes) -> None:
        if name.startswith("part-"):
            raise KeyboardInterrupt
        write(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(LocalParts, "write", cut_off)
        with pytest.raises(KeyboardInterrupt):
            scorer.score_range(range_, store)
    assert parts(store.folder) == []
    report = scorer.score_range(range_, store)
    assert (report.scored, report.failed, ids(store.folder)) == (1, 1, ["a"])
    assert [error["line"] for error in errors(store.folder)] == [2]
    again = scorer.score_range(range_, store)
    assert (again.skipped, again.scored, again.failed, again.messages) == (True, 1, 1, report.messages)


def test_name_of_a_part_depends_on_its_articles_and_on_what_scores_them(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "c.jsonl", 8)
    first, second = plan_ranges([corpus], options=ReadOptions(), input_format=None, size=4)
    job = lexicon_job(tmp_path)
    names = {job.part_name(first), job.part_name(second), lexicon_job(tmp_path, key="other").part_name(first)}
    assert len({name.digest for name in names}) == 3
    assert job.part_name(first) == Job.from_record(json.loads(json.dumps(job.to_record()))).part_name(first)


def test_damaged_list_of_failures_is_named(tmp_path: Path) -> None:
    from annotator.workflows.score_failures import read_failures

    store, name = LocalParts(tmp_path), PartName(0, 0, "0123456789ab", "jsonl")
    store.write(name.errors, b"{no JSON\n")
    with pytest.raises(FormatError, match=r"errors-000000-0123456789ab\.jsonl': it is damaged"):
        read_failures(store, name)


def test_identity_names_what_differs_between_two_models(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Illicit bases.")
    setting = Setting((str(tmp_path),), None, None, "both", None, None, False, None, "torch-fp32", "jsonl", 256)
    now = identity(setting)
    assert now["model"]["release"].startswith("news-framing-minilm@")
    then = json.loads(json.dumps(now))
    assert differences(then, now) == []
    then["model"] |= {"weights_sha256": "0" * 64, "thresholds": {}}
    then["backend"] = "openvino"
    found = differences(then, now)
    assert [line.partition(":")[0] for line in found] == [
        "weights of the model (SHA-256)",
        "thresholds of the model",
        "--backend",
    ]
    assert found[0].startswith("weights of the model (SHA-256): 000000000000… in the folder, ")
    without = differences({**now, "model": None}, now)
    assert without == [f"model: none in the folder, {now['model']['release']} now"]


def test_run_goes_on_with_the_backend_it_began_with(tmp_path: Path) -> None:
    target = target_of(str(tmp_path / "scored"))
    assert earlier_backend(target) is None
    assert not (tmp_path / "scored").exists()
    Manifest({"backend": "torch-bf16"}).write(LocalParts(tmp_path / "scored"))
    assert earlier_backend(target) == "torch-bf16"

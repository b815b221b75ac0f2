"""``annotator score --resume`` and ``--retry-errors``: what goes on, what is refused, and what is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from score_kit import PART, errors, ids, parts, write_corpus

from annotator.classifier.lexicon import LexiconSuggester
from annotator.cli import main
from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.formats import Article, ReadItem
from annotator.scale import local
from annotator.workflows import score_job, scoring
from annotator.workflows.part_store import LocalParts

ARTICLES = 22
ALL = [f"a{number}" for number in range(ARTICLES)]


@pytest.fixture(autouse=True, scope="module")
def _one_lexicon() -> Iterator[None]:
    """Read each lexicon once: every run reads it twice, which takes longer than the rest of it."""
    load, known = LexiconSuggester.load, {}

    def loaded(path: Path, codebook: Codebook) -> LexiconSuggester:
        key = (path.read_bytes(), codebook.ref)
        if key not in known:
            known[key] = load(path, codebook)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LexiconSuggester, "load", loaded)
        yield


def _score(*arguments: object) -> Result:
    options = ["--suggester", "lexicon", "--part-articles", str(PART), "--workers", "1"]
    given = ["score", *map(str, arguments)]
    given += [word for name, value in zip(options[::2], options[1::2], strict=True) if name not in given
              for word in (name, value)]  # fmt: skip
    return CliRunner().invoke(main, given)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus.jsonl", ARTICLES)


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Stop the next run, as by Ctrl-C, after so many parts."""
    real = local.run

    def after(count: int) -> None:
        def run(ranges: Iterator[Any], job: Any, **options: Any) -> None:
            real(islice(ranges, count), job, **options)
            monkeypatch.setattr(local, "run", real)
            raise KeyboardInterrupt

        monkeypatch.setattr(local, "run", run)

    return after


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the scoring of these articles fail from now on; of none, mend it."""
    real = scoring.score  # type: ignore[attr-defined]

    def these(*names: str) -> None:
        def score(items: Iterator[ReadItem], *arguments: Any, **options: Any) -> Iterator[dict[str, Any]]:
            def seen() -> Iterator[ReadItem]:
                for item in items:
                    if isinstance(item, Article) and item.document.id in names:
                        raise MemoryError("too much")
                    yield item

            return real(seen(), *arguments, **options)

        monkeypatch.setattr(scoring, "score", score)

    return these


def test_interrupted_run_is_refused_without_resume_and_says_so(
    corpus: Path, tmp_path: Path, interrupt: Callable[[int], None]
) -> None:
    out = tmp_path / "scored.jsonl"
    interrupt(2)
    stopped = _score(corpus, "-o", out)
    assert stopped.exit_code == 130
    assert stopped.stderr.startswith("Interrupted; 8 articles are done and kept. Go on with: annotator score ")
    refused = _score(corpus, "-o", out)
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"Error: Cannot write to '{out}': an unfinished run is there. Go on with it with --resume, or begin anew with "
        "--force.\n"
    )
    assert _score(corpus, "-o", out, "--resume").exit_code == 0
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ALL
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.jsonl", "scored.jsonl"]


def test_resume_scores_only_what_is_missing(
    corpus: Path, tmp_path: Path, interrupt: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    interrupt(4)
    _score(corpus, "-o", out)
    before = {name: (out / name).stat().st_mtime_ns for name in parts(out)}
    assert len(before) == 4
    scored: list[str] = []
    real = score_job.read_origins  # type: ignore[attr-defined]

    def read(range_: Any, options: Any) -> Iterator[Any]:
        for piece, item in real(range_, options):
            assert isinstance(item, Article)
            scored.append(item.document.id)
            yield piece, item

    monkeypatch.setattr(score_job, "read_origins", read)
    (out / ".part-000009-0.jsonl.1-0.tmp").write_text("half of a part that a killed process was at")
    done = _score(corpus, "-o", out, "--resume", "--json")
    assert done.exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == [".lock", "manifest.json", *parts(out)]
    assert scored == ALL[16:]
    assert json.loads(done.stdout)["scored"] == ARTICLES
    assert before.items() <= {name: (out / name).stat().st_mtime_ns for name in parts(out)}.items()
    assert ids(out) == ALL


def test_finished_run_has_nothing_to_do(corpus: Path, tmp_path: Path) -> None:
    for name, more in (("out", f", with {ARTICLES} articles."), ("out.jsonl", ". To score again, use --force")):
        out = tmp_path / name
        assert _score(corpus, "-o", out).exit_code == 0
        content = {path: path.read_bytes() for path in ([out] if out.is_file() else out.iterdir())}
        again = _score(corpus, "-o", out, "--resume")
        assert again.exit_code == 0
        assert again.stderr.startswith(f"Nothing to do: '{out}' is complete{more}")
        assert {path: path.read_bytes() for path in content} == content
    refused = _score(corpus, "-o", tmp_path / "out")
    assert (refused.exit_code, "a finished run is there. Choose another name" in refused.stderr) == (1, True)
    assert _score(corpus, "-o", tmp_path / "out", "--force", "--format", "csv").exit_code == 0
    assert {name.rpartition(".")[2] for name in parts(tmp_path / "out")} == {"csv"}


def test_resume_without_a_run_begins_one(corpus: Path, tmp_path: Path) -> None:
    assert _score(corpus, "-o", tmp_path / "out", "--resume").exit_code == 0
    assert ids(tmp_path / "out") == ALL


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--threshold", "0.5"], "--threshold: none in the folder, 0.5 now"),
        (["--all-probabilities"], "--all-probabilities: false in the folder, true now"),
        (["--format", "csv"], '--format: "jsonl" in the folder, "csv" now'),
        (["--part-articles", "5"], "articles in a part: 4 in the folder, 5 now"),
        (["--encoding", "utf-8"], '--encoding: none in the folder, "utf-8" now'),
        (["--input-format", "jsonl"], '--input-format: none in the folder, "jsonl" now'),
    ],
    ids=lambda value: value[0].strip("-") if isinstance(value, list) else "",
)
def test_resume_with_other_options_is_refused_by_name(
    corpus: Path, tmp_path: Path, interrupt: Callable[[int], None], change: list[str], said: str
) -> None:
    out = tmp_path / "out"
    interrupt(2)
    _score(corpus, "-o", out)
    before = sorted(out.iterdir())
    refused = _score(corpus, "-o", out, "--resume", *change)
    assert refused.exit_code == 1
    assert f"Cannot go on with '{out}': it was begun with something else.\n" in refused.stderr
    assert f"\n  {said}\n" in refused.stderr
    assert sorted(out.iterdir()) == before
    assert _score(corpus, "-o", out, "--resume").exit_code == 0


def test_resume_with_another_input_lexicon_or_version_is_refused(
    corpus: Path, tmp_path: Path, repository: Path, interrupt: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, out = tmp_path / "labels", tmp_path / "out"
    shutil.copytree(repository / "labels" / "news-framing", labels)
    interrupt(2)
    given = (corpus, "-o", out, "--codebook", labels)
    assert _score(*given).exit_code == 130
    lexicon = (labels / "lexicon.yaml").read_text("utf-8")
    (labels / "lexicon.yaml").write_text(lexicon + "\n# one word more\n", "utf-8")
    refused = _score(*given, "--resume")
    assert "\n  entries of the lexicon (SHA-256): " in refused.stderr
    assert refused.stderr.count("\n  ") == 1
    (labels / "lexicon.yaml").write_text(lexicon, "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("annotator.workflows.score_setting.__version__", "9.9")
        assert 'version of framing-annotator: "0.1.0" in the folder, "9.9" now' in _score(*given, "--resume").stderr
    other = shutil.copy(corpus, tmp_path / "other.jsonl")
    assert "\n  input: " in _score(other, *given[1:], "--resume").stderr
    with corpus.open("a", encoding="utf-8") as stream:
        stream.write('{"text": "One more."}\n')
    changed = _score(*given, "--resume").stderr
    assert "\n  names, sizes and dates of the input files: " in changed
    assert "\n  bytes of the input: " in changed


def test_failed_articles_are_listed_and_retried_on_demand(
    corpus: Path, tmp_path: Path, broken: Callable[..., None]
) -> None:
    out = tmp_path / "out"
    broken("a5", "a6", "a21")
    first = _score(corpus, "-o", out, "--json")
    assert first.exit_code == 3
    assert "Not scored: corpus.jsonl, line 6: it cannot be scored: MemoryError: too much\n" in first.stderr
    assert first.stderr.endswith("19 articles scored, 3 not; the reasons are listed above.\n")
    report = json.loads(first.stdout)
    assert (report["scored"], report["failed"], [r["line"] for r in report["rejected"]]) == (19, 3, [6, 7, 22])
    assert [(e["id"], e["name"], e["line"]) for e in errors(out)] == [
        ("a5", "corpus.jsonl", 6),
        ("a6", "corpus.jsonl", 7),
        ("a21", "corpus.jsonl", 22),
    ]
    assert _score(corpus, "-o", out, "--resume").exit_code == 0  # they are not tried again by themselves
    broken("a6")
    second = _score(corpus, "-o", out, "--resume", "--retry-errors", "--json")
    assert second.exit_code == 3
    assert (json.loads(second.stdout)["scored"], json.loads(second.stdout)["failed"]) == (21, 1)
    assert sorted(ids(out)) == sorted(set(ALL) - {"a6"})
    assert [e["id"] for e in errors(out)] == ["a6"]
    third = _score(corpus, "-o", out, "--resume", "--retry-errors")  # still broken: nothing changes
    assert third.exit_code == 3
    assert [e["id"] for e in errors(out)] == ["a6"]
    broken()
    assert _score(corpus, "-o", out, "--resume", "--retry-errors").exit_code == 0
    assert sorted(ids(out)) == sorted(ALL)
    assert list(errors(out)) == []
    assert json.loads((out / "manifest.json").read_text())["counts"]["articles"] == ARTICLES
    assert [name[:13] for name in parts(out) if "r" in name[4:]] == ["part-000001r1", "part-000001r3", "part-000005r1"]


def test_retry_of_carried_and_one_article_inputs(tmp_path: Path, broken: Callable[..., None]) -> None:
    rows = "".join(f'"a{number}","The puppet regime\nfell {number}."\n' for number in range(6))
    (tmp_path / "table.csv").write_text("id,text\n" + rows, "utf-8")
    (tmp_path / "one.txt").write_text("Illicit bases.", "utf-8")
    given = (tmp_path / "table.csv", tmp_path / "one.txt", "-o", tmp_path / "out")
    broken("a3", "one.txt")
    assert _score(*given).exit_code == 3
    assert [len(e["piece"].get("lines", ())) for e in errors(tmp_path / "out")] == [1, 0]
    broken()
    assert _score(*given, "--resume", "--retry-errors").exit_code == 0
    assert sorted(ids(tmp_path / "out")) == ["a0", "a1", "a2", "a3", "a4", "a5", "one.txt"]


@pytest.mark.parametrize("step", range(1, 7))
def test_retry_cut_off_between_any_two_writes_loses_and_doubles_nothing(
    corpus: Path, tmp_path: Path, broken: Callable[..., None], monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Writes of a retry: manifest, list and part of one range, part of another, deletion of a list, manifest."""
    out = tmp_path / "out"
    broken("a5", "a6", "a21")
    _score(corpus, "-o", out)
    broken("a6")
    calls = 0

    def cut_off(real: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == step:
                raise KeyboardInterrupt
            real(*arguments)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(LocalParts, "write", cut_off(LocalParts.write))
        patch.setattr(LocalParts, "delete", cut_off(LocalParts.delete))
        patch.setattr("annotator.workflows.score_run.ScoreRun.pause", lambda run: None)  # killed: nothing is tidied
        assert _score(corpus, "-o", out, "--resume", "--retry-errors").exit_code == 130
    resumed = _score(corpus, "-o", out, "--resume", "--retry-errors", "--json")
    assert resumed.exit_code == 3
    assert sorted(ids(out)) == sorted(set(ALL) - {"a6"})
    assert [e["id"] for e in errors(out)] == ["a6"]
    assert (json.loads(resumed.stdout)["scored"], json.loads(resumed.stdout)["failed"]) == (21, 1)


def test_known_error_in_the_middle_says_how_to_go_on(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = local.run

    def run(ranges: Iterator[Any], job: Any, **options: Any) -> None:
        real(islice(ranges, 3), job, **options)
        raise ClassifierError("The engine stopped.")

    monkeypatch.setattr(local, "run", run)
    failed = _score(corpus, "-o", tmp_path / "out", "--threshold", "0.1")
    assert failed.exit_code == 1
    assert failed.stderr == (
        f"Error: The engine stopped. 12 articles are done and kept. Go on with: annotator score {corpus} -o "
        f"{tmp_path / 'out'} --suggester lexicon --threshold 0.1 --workers 1 --part-articles 4 --resume\n"
    )


def test_engine_that_loses_a_part_is_noticed(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = local.run

    def run(ranges: Iterator[Any], job: Any, **options: Any) -> None:
        real(iter(list(ranges)[:-1]), job, **options)

    monkeypatch.setattr(local, "run", run)
    failed = _score(corpus, "-o", tmp_path / "out.jsonl")
    assert failed.exit_code == 1
    assert "5 of 6 parts were made, and nobody said why" in failed.stderr
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--resume"], "--resume needs the output to go on with"),
        (["x", "-o", "o", "--retry-errors"], "use it with --resume"),
        (["x", "-o", "o", "--resume", "--force"], "choose one of them"),
        (["-", "-o", "o", "--resume"], "cannot read standard input a second time"),
        (["x", "--engine", "ray"], "--engine needs an output"),
        ([], "Missing argument 'PATH…'"),
        (["x", "--project", "p"], "name no other input"),
        (["--project", "p", "-o", "o"], "--output has no use with --project"),
        (["--project", "p", "--codebook", "c"], "a project has its own"),
        (["--project", "p", "--resume"], "--resume has no use with --project"),
        (["--watch", "f"], "--watch needs an output"),
        (["x", "--watch", "f", "-o", "o"], "name no other input"),
        (["--watch", "f", "-o", "o.jsonl"], "Name a folder with -o OUT"),
        (["--watch", "f", "-o", "o", "--resume"], "always goes on where it stopped"),
        (["x", "--db", "d"], "--db has no use without --project"),
        (["x", "--suggester", "lexicon", "--backend", "torch"], "--backend has no use with --suggester lexicon"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_score_refuses_options_that_do_not_go_together(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["score", *arguments])
    assert result.exit_code == 2
    assert said in result.stderr


def test_output_among_the_input_or_other_files_is_refused(corpus: Path, tmp_path: Path) -> None:
    inside = _score(tmp_path, "-o", tmp_path / "scored")
    assert (inside.exit_code, "it lies in the input" in inside.stderr) == (1, True)
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    for option in ([], ["--force"], ["--resume"]):
        refused = _score(corpus, "-o", full, *option)
        assert (refused.exit_code, "it holds other files (thesis.txt)" in refused.stderr) == (1, True)
    assert [path.name for path in full.iterdir()] == ["thesis.txt"]


def test_run_that_does_nothing_leaves_nothing(corpus: Path, tmp_path: Path, interrupt: Callable[[int], None]) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for out in (tmp_path / "out", tmp_path / "out.jsonl", mine):
        interrupt(0)
        assert _score(corpus, "-o", out).exit_code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.jsonl", "mine"]
    assert list(mine.iterdir()) == []


def test_progress_is_told_as_json_lines(corpus: Path, tmp_path: Path) -> None:
    told = _score(corpus, "-o", tmp_path / "out", "--json", "--interval", "0.0005")
    *progress, done = map(json.loads, told.stdout.splitlines())
    assert progress
    for event in progress:
        assert list(event) == [
            *("event", "articles", "articles_per_second", "tokens_per_second", "seconds_left", "failed")
        ]
    assert [event["articles"] for event in progress] == sorted(event["articles"] for event in progress)
    assert done == {"event": "done", "scored": 22, "spans": done["spans"], "skipped": 0, "failed": 0, "rejected": []}
    assert done["spans"] > 0

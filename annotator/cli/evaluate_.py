"""``annotator evaluate``: measure suggestions against gold labels."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from annotator.cli.sources import check_labelled, open_for_reading

if TYPE_CHECKING:
    from annotator.codebook import Codebook
    from annotator.workflows.evaluate_input import GoldArticles

_PATHS = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class _Given:
    """The options as they were given; see the help text of each."""

    data: tuple[Path, ...]
    more: tuple[Path, ...]
    project: str | None
    db: str | None
    input_format: str | None
    suggester: Literal["model", "lexicon", "both"]
    model: Path | None
    codebook: Path | None
    threshold: float | None
    compare: tuple[Path, ...]
    baselines: bool
    train_data: tuple[Path, ...]
    samples: int
    output: Path | None
    force: bool


@click.command("evaluate")
@click.argument("more", nargs=-1, type=_PATHS, metavar="[FILE]…")
@click.option("--data", multiple=True, type=_PATHS, metavar="FILE", help="Articles with gold labels; repeatable, and "
              "more files may follow.")  # fmt: skip
@click.option("--project", metavar="NAME", help="Measure against the gold or submitted annotations of this project.")
@click.option("--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database.  [default: your own, see info]")
@click.option("--input-format", metavar="NAME", help="Read the files as this format; ptc2020, babe and basil are "
              "research corpora with labels of their own.")  # fmt: skip
@click.option("--suggester", type=click.Choice(["model", "lexicon", "both"]), default="model", show_default=True,
              help="Who is measured.")  # fmt: skip
@click.option("--model", type=_PATHS, metavar="DIR", help="Use this model instead of the shipped one.")
@click.option("--codebook", type=_PATHS, metavar="PATH", help="Of the model and of the files, instead of the shipped "
              "one.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1), metavar="P", help="Lowest probability that counts as "
              "suggested; by default each label has its own.")  # fmt: skip
@click.option("--compare", multiple=True, type=_PATHS, metavar="DIR", help="Also measure this model, and the "
              "difference; repeatable.")  # fmt: skip
@click.option("--baselines", is_flag=True, help="Also measure the lexicon and, with --train-data, a phrase list and "
              "TF-IDF with logistic regression.")  # fmt: skip
@click.option("--train-data", multiple=True, type=_PATHS, metavar="FILE", help="Labelled articles for the baselines to "
              "learn from; none of those measured.")  # fmt: skip
@click.option("--samples", type=click.IntRange(20, 100_000), default=1000, show_default=True, metavar="N",
              help="Bootstrap samples of documents for the intervals.")  # fmt: skip
@click.option("-o", "--output", type=_PATHS, metavar="OUT", help="Write to this file instead of standard output.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON object.")
def command(as_json: bool, **options: object) -> None:
    """Measure suggestions against gold labels: articles of FILEs after --data, or of a project.

    A document is measured against its gold labels or, where there are none, its only submitted annotation. Every
    figure has a 95 % interval over documents; docs/evaluation.md says what each means. Files and rows that cannot be
    read are listed on standard error and the others are measured; the exit code is then 3.

    \b
    Example:
        annotator evaluate --data gold.jsonl
        annotator evaluate --data gold.jsonl --model models/spring --compare models/winter --json
        annotator evaluate --data ptc.jsonl --input-format ptc2020 --suggester both
        annotator evaluate --data test.jsonl --train-data train.jsonl --baselines
    """
    from annotator.cli.evaluate_output import report_lines
    from annotator.workflows.evaluate import evaluate_several

    given = _Given(**options)  # type: ignore[arg-type]
    _check_usage(given)
    own, gold = _gold(given)
    for rejected in gold.rejected:
        click.echo(f"Not measured: {rejected.message}", err=True)
    for note in (*gold.notes, *_left_out(gold)):
        click.echo(f"Note: {note}", err=True)
    candidates = _candidates(given, own, gold)
    with _progress(len(gold.items), len(candidates)) as progress:
        figures = evaluate_several(
            gold.items, candidates, gold.codebook, samples=given.samples, minimum=given.threshold, progress=progress
        )
    record = {"codebook": gold.codebook.ref, **figures, "left_out": _left_out_record(gold), "notes": list(gold.notes)}
    text = json.dumps(record, ensure_ascii=False) + "\n" if as_json else "\n".join(report_lines(record)) + "\n"
    _write(text, given)
    if gold.rejected:
        counts = f"{len(gold.items)} documents measured, {len(gold.rejected)} rows or files not"
        click.echo(f"{counts}; the reasons are listed above.", err=True)
        raise click.exceptions.Exit(3)


def _check_usage(given: _Given) -> None:
    check_labelled(given.data, given.more, given.project, given.codebook)
    if given.project and given.input_format:
        raise click.UsageError("--input-format has no use with --project.")
    if given.suggester == "lexicon" and given.model:
        raise click.UsageError("--model has no use with --suggester lexicon.")
    if given.train_data and not given.baselines:
        raise click.UsageError("--train-data is for --baselines: add it.")


def _gold(given: _Given) -> tuple[Codebook, GoldArticles]:
    """Return the suggester's codebook and the documents to measure against."""
    from annotator.codebook_file import load_codebook
    from annotator.resources import default_codebook_path
    from annotator.workflows.evaluate_input import read_gold, read_project

    if given.project is None:
        codebook = load_codebook(given.codebook or default_codebook_path())
        return codebook, read_gold((*given.data, *given.more), codebook, format=given.input_format)
    with closing(open_for_reading(given.db)) as store:
        gold = read_project(store, given.project)
    return gold.codebook, gold


def _candidates(given: _Given, codebook: Codebook, gold: GoldArticles) -> Any:
    from annotator.workflows.evaluate_candidates import Wanted, load_candidates
    from annotator.workflows.suggesters import lexicon_beside

    lexicon = lexicon_beside(given.codebook) if given.codebook else None
    wanted = Wanted(
        given.suggester, given.model, lexicon, given.compare, given.baselines, given.train_data, given.input_format
    )
    loaded = load_candidates(wanted, codebook, gold)
    for note in loaded.notes:
        click.echo(f"Note: {note}", err=True)
    return loaded.candidates


def _left_out(gold: GoldArticles) -> Iterator[str]:
    for count, why in (
        (gold.without_gold, "have no gold labels and no submitted annotation"),
        (gold.undecided, "were submitted by several people and have no gold labels yet"),
    ):
        if count:
            yield f"{count} documents are left out: they {why}."


def _left_out_record(gold: GoldArticles) -> dict[str, Any]:
    rejected = [{"name": r.name, "line": r.line, "reason": r.reason} for r in gold.rejected]
    return {"rejected": rejected, "without_gold": gold.without_gold, "undecided": gold.undecided}


def _write(text: str, given: _Given) -> None:
    if given.output is None or str(given.output) == "-":
        click.echo(text, nl=False)
        return
    from annotator.workflows.score_output import whole_file

    with whole_file(given.output, force=given.force) as stream:
        stream.write(text.encode("utf-8"))


@contextmanager
def _progress(documents: int, candidates: int) -> Iterator[Callable[[str, int], None] | None]:
    """Count documents on standard error, when somebody is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=documents * candidates, unit=" documents", file=sys.stderr, dynamic_ncols=True) as bar:

        def show(name: str, _: int) -> None:
            bar.set_description(name, refresh=False)
            bar.update()

        yield show

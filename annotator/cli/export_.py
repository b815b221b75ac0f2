"""``annotator export``: write a project to files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.annotations import STATUSES, Status
from annotator.cli.sources import open_for_reading

if TYPE_CHECKING:
    from annotator.formats import Format
    from annotator.workflows.export import ExportReport

DEFAULT = "jsonl"


@click.command("export")
@click.option("--project", required=True, metavar="NAME", help="Project to export.")
@click.option(
    "-o", "--output", required=True, metavar="OUT", help="File, or folder for datasets; - is standard output."
)
@click.option("--format", "format_name", metavar="NAME", help="jsonl, csv, parquet or datasets.  [default: what the "
              "ending of OUT says, else jsonl]")  # fmt: skip
@click.option("--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database.  [default: your own, see info]")
@click.option(
    "--annotator", "annotators", multiple=True, metavar="NAME", help="Only this annotator's work; repeatable."
)
@click.option("--status", "statuses", multiple=True, type=click.Choice(STATUSES), help="Only such work; repeatable.")
@click.option("--force", is_flag=True, help="Replace OUT.")
@click.option("--json", "as_json", is_flag=True, help="Report what was done as JSON.")
def command(
    project: str,
    output: str,
    format_name: str | None,
    db: str | None,
    annotators: tuple[str, ...],
    statuses: tuple[Status, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Write a project's documents with everyone's annotations.

    jsonl, parquet and datasets keep everything, suggestions and what became of them too. csv is for spreadsheets: one
    row per document, annotation and span; cells that a spreadsheet would run as a formula get a leading '. What a
    format cannot hold is counted and said. Offsets are Unicode code points.

    \b
    Example:
        annotator export --project syria -o syria.jsonl
        annotator export --project syria -o syria.csv --annotator ana --status submitted
    """
    from annotator.workflows.export import Selection, export_project

    to_stdout = output == "-"
    if to_stdout and as_json:
        raise click.UsageError("--json and -o - both write to standard output. Name a file with -o.")
    chosen = _format(output, format_name)
    with closing(open_for_reading(db)) as store, _progress(to_stdout) as progress:
        report = export_project(
            store,
            project,
            sys.stdout.buffer if to_stdout else Path(output),
            format=chosen,
            selection=Selection(annotators, statuses),
            force=force,
            progress=progress,
        )
    _tell(report, output, chosen)
    if as_json:
        click.echo(json.dumps(_record(report, output, chosen), ensure_ascii=False))


def _format(output: str, name: str | None) -> Format:
    from annotator.formats import FORMATS, format_named
    from annotator.formats.paths import ending_of

    if name is not None:
        return format_named(name)
    ending = ending_of(output)
    return next((known for known in FORMATS.values() if ending in known.extensions), FORMATS[DEFAULT])


@contextmanager
def _progress(to_stdout: bool) -> Iterator[Callable[[int], None] | None]:
    if to_stdout or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=" documents", file=sys.stderr, dynamic_ncols=True) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        yield show


def _tell(report: ExportReport, output: str, format: Format) -> None:
    for what, count in report.losses.items():
        click.echo(f"Not kept by {format.name}: {count} {what}.", err=True)
    if report.left_out:
        click.echo(f"Left out: {report.left_out} documents without such an annotation.", err=True)
    where = "standard output" if output == "-" else output
    click.echo(
        f"Wrote {report.documents} documents, {report.annotations} annotations and {report.spans} spans to {where}.",
        err=True,
    )


def _record(report: ExportReport, output: str, format: Format) -> dict[str, object]:
    return {
        "output": output,
        "format": format.name,
        "offset_unit": "codepoint",
        "documents": report.documents,
        "annotations": report.annotations,
        "spans": report.spans,
        "left_out": report.left_out,
        "losses": dict(report.losses),
    }

"""``annotator score``: suggest labels for articles."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from annotator.classifier.base import Suggester
    from annotator.codebook import Codebook
    from annotator.formats import ReadItem, Rejected
    from annotator.workflows.score import Which


@dataclass
class _Report:
    """What was done, and what was left out."""

    scored: int = 0
    spans: int = 0
    skipped: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def reject(self, rejected: Rejected) -> None:
        if rejected.skipped:
            self.skipped += 1
            _message(f"Skipped {rejected.message}")
        else:
            self.rejected.append(rejected)
            _message(f"Not scored: {rejected.message}")

    def counted(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for record in records:
            self.scored += 1
            self.spans += len(record["spans"])
            for note in record.get("notes", ()):
                _message(f"Note: {record['id']}: {note}")
            yield record

    def to_record(self) -> dict[str, Any]:
        rejected = [{"name": r.name, "line": r.line, "reason": r.reason} for r in self.rejected]
        return {"scored": self.scored, "spans": self.spans, "skipped": self.skipped, "rejected": rejected}


@click.command("score")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("-o", "--output", metavar="OUT", help="Write to this file; - or nothing is standard output.")
@click.option("--format", "format_name", type=click.Choice(["jsonl", "csv", "parquet"]), help="Of the output; "
              "by default what the ending of OUT says, else jsonl.")  # fmt: skip
@click.option("--input-format", metavar="NAME", help="Read everything as txt, md, html, jsonl, csv or parquet.")
@click.option("--encoding", metavar="NAME", help="Of the text files; detected by default.")
@click.option("--suggester", type=click.Choice(["model", "lexicon", "both"]), help="Who suggests.  [default: both]")
@click.option("--model", "model_folder", metavar="DIR", help="Use this model instead of the shipped one.")
@click.option("--codebook", "codebook_path", metavar="PATH", help="Use this codebook, and the lexicon "
              "beside it, instead of the shipped ones.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1), metavar="P", help="Lowest probability to report; by default "
              "each label has its own.")  # fmt: skip
@click.option("--all-probabilities", is_flag=True, help="List every article frame, however improbable.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@click.option("--json", "as_json", is_flag=True, help="With -o: report what was done as JSON on standard output.")
def command(
    paths: tuple[str, ...],
    output: str | None,
    format_name: str | None,
    input_format: str | None,
    encoding: str | None,
    suggester: Which | None,
    model_folder: str | None,
    codebook_path: str | None,
    threshold: float | None,
    all_probabilities: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Suggest loaded phrases and frames for articles: files, folders of them, or - for standard input.

    Reads .txt, .md, .html, .jsonl, .csv and .parquet. Files that cannot be read are listed on standard error and
    the others are scored; the exit code is then 3.

    \b
    Example:
        annotator score article.txt
        annotator score articles/ -o scored.parquet
        cat article.txt | annotator score - --format csv
    """
    from annotator.workflows.score import score

    target = None if output in (None, "-") else Path(str(output))
    chosen = format_name or (_format_of(target) if target else "jsonl")
    if chosen == "parquet" and target is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for terminals. Name a file with -o OUT.")
    codebook = _codebook(codebook_path)
    suggesters = _suggesters(
        suggester, model_folder, codebook, lexicon=_lexicon(codebook_path), all_frames=all_probabilities
    )
    report = _Report()
    items = _with_progress(_read(paths, input_format, encoding), paths)
    records = score(items, suggesters, minimum=threshold, on_rejected=report.reject, on_warning=_message)
    _write(report.counted(records), chosen, target, force=force)
    if as_json and target is not None:
        click.echo(json.dumps(report.to_record(), ensure_ascii=False))
    if report.rejected:
        _message(f"{report.scored} articles scored, {len(report.rejected)} not; the reasons are listed above.")
        raise click.exceptions.Exit(3)


def _format_of(target: Path) -> str:
    from annotator.workflows.score_output import format_of

    return format_of(target)


def _codebook(path: str | None) -> Codebook:
    from annotator.codebook_file import load_codebook
    from annotator.resources import default_codebook_path

    return load_codebook(Path(path) if path else default_codebook_path())


def _lexicon(codebook_path: str | None) -> Path | None:
    from annotator.workflows.suggesters import lexicon_beside

    return lexicon_beside(Path(codebook_path)) if codebook_path is not None else None


def _suggesters(
    which: Which | None, model_folder: str | None, codebook: Codebook, *, lexicon: Path | None, all_frames: bool
) -> tuple[Suggester, ...]:
    from annotator.workflows.score import DEFAULT_SUGGESTER, load_suggesters

    if which == "lexicon" and model_folder:
        raise click.UsageError("--model has no use with --suggester lexicon.")
    folder = Path(model_folder) if model_folder else None
    return load_suggesters(
        which or DEFAULT_SUGGESTER, codebook, model_folder=folder, lexicon=lexicon, all_frames=all_frames
    )


def _read(paths: tuple[str, ...], input_format: str | None, encoding: str | None) -> Iterator[ReadItem]:
    from annotator.formats import ReadOptions, read_path, read_paths

    options = ReadOptions(encoding=encoding, annotations=False)
    if "-" in paths:
        yield from read_path("-", options=options, format=input_format or _sniffed())
    # One call for all files: it gives files of one name in different folders different ids.
    yield from read_paths([path for path in paths if path != "-"], options=options, format=input_format)


def _sniffed() -> str:
    """Standard input is JSON lines when it begins with a brace, and plain text otherwise."""
    from annotator.formats.base import standard_input

    stream = standard_input()
    if hasattr(stream, "peek"):
        head = stream.peek(1)
    elif stream.seekable():
        head = stream.read(64)
        stream.seek(0)
    else:
        return "txt"
    return "jsonl" if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else "txt"


def _write(records: Iterator[dict[str, Any]], name: str, target: Path | None, *, force: bool) -> None:
    from annotator.workflows.score_output import WRITERS, whole_file

    with closing(records):  # type: ignore[type-var]
        if target is None:
            WRITERS[name](records, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        with whole_file(target, force=force) as stream:
            WRITERS[name](records, stream)


def _with_progress(items: Iterator[ReadItem], paths: tuple[str, ...]) -> Iterable[ReadItem]:
    """Count articles on standard error, with rate and time left, when somebody is watching."""
    if not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    from annotator.workflows.score_total import expected_articles

    return tqdm(items, total=expected_articles(paths), unit=" articles", file=sys.stderr, dynamic_ncols=True)


def _message(text: str) -> None:
    if sys.stderr.isatty():
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)
    else:
        click.echo(text, err=True)

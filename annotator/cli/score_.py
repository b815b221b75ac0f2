"""``annotator score``: suggest labels for articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from annotator.cli.score_given import Given, check_usage

if TYPE_CHECKING:
    from annotator.workflows.score_target import Target


@click.command("score")
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("-o", "--output", metavar="OUT", help="Write to this file, or to this folder in parts; - or nothing is "
              "standard output.")  # fmt: skip
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
@click.option("--backend", default="auto", metavar="NAME", help="What runs the model: auto, openvino, torch, "
              "torch-bf16, torch-fp32 or torch-cuda.  [default: auto]")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes.  [default: one per processor core]")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", help="Who hands out the work: this "
              "machine, or Ray on a cluster.  [default: local]")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with an interrupted run into OUT.")
@click.option("--retry-errors", is_flag=True, help="With --resume: try again what could not be scored.")
@click.option("--part-articles", type=click.IntRange(1), default=256, hidden=True, help="Articles in one part.")
@click.option("--project", metavar="NAME", help="Score the articles of this project, and store the suggestions there.")
@click.option("--again", is_flag=True, help="With --project: also articles that have suggestions of these versions.")
@click.option("--db", "--database", "db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database of the "
              "project.  [default: your own, see info]")  # fmt: skip
@click.option("--watch", metavar="FOLDER", help="Score what arrives in this folder, until stopped.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@click.option("--json", "as_json", is_flag=True, help="With -o: report progress and what was done as JSON lines on "
              "standard output.")  # fmt: skip
@click.option("--interval", type=click.FloatRange(0, min_open=True), default=10.0, metavar="SECONDS", help="Between "
              "progress lines of --json.  [default: 10]")  # fmt: skip
def command(**options: object) -> None:
    """Suggest loaded phrases and frames for articles: files, folders of them, or - for standard input.

    Reads .txt, .md, .html, .jsonl, .csv and .parquet. Files that cannot be read are listed on standard error and
    the others are scored; the exit code is then 3. Stopped or killed, a run with -o goes on with --resume.

    \b
    Example:
        annotator score article.txt
        annotator score articles/ -o scored.parquet
        annotator score corpus/ -o scored/ --resume
        annotator score --project spring
        cat article.txt | annotator score - --format csv
    """
    given = Given(**options)  # type: ignore[arg-type]
    check_usage(given)
    target = given.target
    if given.watch is not None:
        assert target is not None
        from annotator.cli.score_watch import score_watched

        score_watched(given, target)
    else:
        _score(given, target)


def _score(given: Given, target: Target | None) -> None:
    from annotator.cli.score_output import score_to_stdout, tell_end

    if given.project is not None:
        from annotator.cli.score_in_project import score_in_project

        report = score_in_project(given)
    elif target is None:
        report = score_to_stdout(given)
    else:
        from annotator.cli.score_parts import score_to_output

        report = score_to_output(given, target)
    tell_end(report, as_json=given.as_json and (target is not None or given.project is not None))

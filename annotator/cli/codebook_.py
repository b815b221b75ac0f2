"""``annotator codebook``: check a codebook file."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group("codebook")
def command() -> None:
    """Check a codebook file."""


@command.command("check")
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="PATH")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def check(path: Path, as_json: bool) -> None:
    """Read a codebook file, or the folder that holds it, and say whether it can be used.

    A fault is one message with file, line, what was found and what was expected; the exit code is then 1.

    \b
    Example:
        annotator codebook check labels/news-framing
    """
    from annotator.codebook_file import load_codebook

    codebook = load_codebook(path)
    counts = {f"{kind}s" if kind != "polarity" else "polarities": len(codebook.labels(kind)) for kind in _KINDS}
    if as_json:
        record = {"codebook": codebook.ref, "title": codebook.title, **counts, "crosswalks": list(codebook.crosswalks)}
        click.echo(json.dumps(record, ensure_ascii=False))
        return
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    click.echo(f"{codebook.ref} is sound: {listed}.")


_KINDS = ("device", "frame", "voice", "polarity")

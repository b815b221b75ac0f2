"""``annotator import``: read articles and annotations into a project."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from annotator.errors import StoreError

if TYPE_CHECKING:
    from annotator.codebook import Codebook
    from annotator.formats import ReadItem, ReadOptions
    from annotator.store import Store
    from annotator.workflows.import_ import Progress
    from annotator.workflows.import_report import ImportReport

LISTED = 50
"""Rejections and duplicates shown; ``--json`` gives all."""


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to import: database, project, and how to make the project when it is not there."""

    db: str
    project: str
    create: bool
    title: str | None
    codebook: Path | None


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--project", required=True, metavar="NAME", help="Project to import into.")
@click.option("--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database.  [default: your own, see info]")
@click.option("--create", is_flag=True, help="Make the project if it is not there.")
@click.option("--title", metavar="TEXT", help="Title of a project made with --create.")
@click.option("--codebook", type=click.Path(exists=True, path_type=Path), metavar="PATH", help="Codebook of a project "
              "made with --create.  [default: the shipped one]")  # fmt: skip
@click.option("--format", "format_name", metavar="NAME", help="Read everything as this; by default what endings say.")
@click.option("--encoding", metavar="NAME", help="Of text files; detected by default.")
@click.option("--offsets", type=click.Choice(["codepoint", "utf16"]), help="Unit of span offsets; by default what each "
              "row says, else code points.")  # fmt: skip
@click.option("--annotator", metavar="NAME", help="Whose the annotations are that name nobody.")
@click.option("--strict", is_flag=True, help="Import nothing if any file or row has a fault.")
@click.option("--dry-run", is_flag=True, help="Say what would be imported; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the full report as JSON.")
def command(
    paths: tuple[str, ...],
    project: str,
    db: str | None,
    create: bool,
    title: str | None,
    codebook: Path | None,
    format_name: str | None,
    encoding: str | None,
    offsets: Literal["codepoint", "utf16"] | None,
    annotator: str | None,
    strict: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read articles, and annotations where a file has them, into a project.

    Takes .txt, .md and .html (one article each), .jsonl, .csv and .parquet (one per row), folders of these, datasets
    folders, and - for standard input. Files and rows with a fault are listed with the reason, the others are
    imported, and the exit code is 3. Importing the same text again doubles nothing.

    \b
    Example:
        annotator import articles/ --project syria --create
        annotator import coded-by-ana.jsonl --project syria
    """
    from annotator.formats import ReadOptions
    from annotator.formats.encoding import check_encoding
    from annotator.store import default_database

    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise click.BadParameter(f"'{path}' does not exist.", param_hint="PATH")
    if strict and "-" in paths:
        raise click.UsageError(
            "--strict reads everything twice, and standard input can be read only once. Name a file."
        )
    if encoding is not None:
        check_encoding(encoding)
    target = _Target(db or str(default_database()), project, create, title, codebook)
    options = ReadOptions(encoding=encoding, offsets=offsets, annotator=annotator)
    if dry_run:
        report = _plan(target, paths, options, format_name)
    else:
        report = _run(target, paths, options, format_name=format_name, strict=strict)
    if as_json:
        click.echo(json.dumps(_record(report, dry_run=dry_run), ensure_ascii=False))
    _tell(report, dry_run=dry_run)
    if report.rejected:
        raise click.exceptions.Exit(3)


def _run(
    target: _Target, paths: tuple[str, ...], options: ReadOptions, *, format_name: str | None, strict: bool
) -> ImportReport:
    from annotator.store import open_store
    from annotator.workflows.import_ import import_items, refuse_rejections

    _check_database(target)
    with closing(open_store(target.db)) as store:
        codebook = _codebook(store, target)
        if strict:
            refuse_rejections(_read(paths, options, codebook, format_name))
        _create_if_missing(store, target, codebook)
        with _progress() as progress:
            items = _read(paths, options, codebook, format_name)
            return import_items(store, target.project, items, progress=progress)


def _plan(target: _Target, paths: tuple[str, ...], options: ReadOptions, format_name: str | None) -> ImportReport:
    from annotator.store import open_store
    from annotator.workflows.import_ import plan_import

    if target.create and not _database_exists(target.db):
        codebook = _read_codebook(target)[0]
        return plan_import(_read(paths, options, codebook, format_name))
    _check_database(target)
    with closing(open_store(target.db, read_only=True)) as store:
        codebook = _codebook(store, target)
        is_there = any(project.id == target.project for project in store.projects())
        items = _read(paths, options, codebook, format_name)
        return plan_import(items, store=store if is_there else None, project_id=target.project)


def _read(
    paths: tuple[str, ...], options: ReadOptions, codebook: Codebook, format_name: str | None
) -> Iterator[ReadItem]:
    from dataclasses import replace

    from annotator.formats import read_paths

    return read_paths(paths, options=replace(options, codebook=codebook), format=format_name)


def _database_exists(db: str) -> bool:
    return "://" in db or os.path.exists(db)


def _check_database(target: _Target) -> None:
    if not target.create and not _database_exists(target.db):
        raise StoreError(
            f"There is no database {target.db}. Check --db, or add --create to make the database and the project.",
            path=target.db,
        )


def _codebook(store: Store, target: _Target) -> Codebook:
    """Return the codebook of the project, or of the one that is to be made."""
    known = {project.id: project for project in store.projects()}
    if target.project in known:
        return known[target.project].codebook
    if not target.create:
        listed = ", ".join(known) or "none"
        raise StoreError(
            f"There is no project '{target.project}' in {target.db}; it has: {listed}. "
            "Check --project, or add --create.",
            project_id=target.project,
        )
    return _read_codebook(target)[0]


def _read_codebook(target: _Target) -> tuple[Codebook, str]:
    from annotator.codebook_file import load_codebook
    from annotator.resources import default_codebook_path

    path = target.codebook or default_codebook_path()
    file = path / "codebook.yaml" if path.is_dir() else path
    return load_codebook(file), file.read_text(encoding="utf-8")


def _create_if_missing(store: Store, target: _Target, codebook: Codebook) -> None:
    if any(project.id == target.project for project in store.projects()):
        return
    source = _read_codebook(target)[1]
    store.create_project(
        target.project, title=target.title or target.project, codebook=codebook, codebook_source=source
    )


@contextmanager
def _progress() -> Iterator[Progress | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=" articles", file=sys.stderr, dynamic_ncols=True) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        yield show


def _tell(report: ImportReport, *, dry_run: bool) -> None:
    for heading, lines in (
        ("Left out", [item.message for item in report.rejected]),
        ("Passed over", [item.message for item in report.skipped]),
        ("Already there", [f"{a} has the same text as {b}" for a, b in report.duplicates if a != b]),
        ("Good to know", list(report.warnings)),
    ):
        for line in lines[:LISTED]:
            click.echo(f"{heading}: {line}", err=True)
        if len(lines) > LISTED:
            click.echo(f"{heading}: … and {len(lines) - LISTED} more (all with --json)", err=True)
    click.echo(f"{'Dry run, nothing changed. ' if dry_run else ''}{report.summary()}", err=True)


def _record(report: ImportReport, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "added": list(report.added),
        "revised": list(report.revised),
        "duplicates": [{"id": a, "same_text_as": b} for a, b in report.duplicates],
        "annotations": report.annotations,
        "annotations_already_there": report.repeated,
        "rejected": [{"name": r.name, "line": r.line, "reason": r.reason} for r in report.rejected],
        "skipped": [{"name": r.name, "reason": r.reason} for r in report.skipped],
        "warnings": list(report.warnings),
    }

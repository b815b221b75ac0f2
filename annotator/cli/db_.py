"""``annotator db``: check, back up, restore or upgrade the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from annotator.store import default_database

_Command = TypeVar("_Command", bound=Callable[..., object])


def _options(function: _Command) -> _Command:
    function = click.option(
        "--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database; by default the app's own."
    )(function)
    return click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")(function)


@click.group("db")
def command() -> None:
    """Check, back up, restore or upgrade the database.

    \b
    Example:
        annotator db backup monday.db
    """


@command.command()
@_options
@click.pass_context
def check(ctx: click.Context, db: str | None, as_json: bool) -> None:
    """Look for anything wrong in the database; changes nothing. Exit code 1 when something is.

    \b
    Example:
        annotator db check --db annotator.db
    """
    from annotator.store.maintenance import check_database

    report = check_database(db or default_database())
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2))
    else:
        click.echo(f"{report.database} ({report.engine}, migration {report.migration})")
        click.echo(", ".join(f"{name} {count:,}" for name, count in report.rows.items()))
        for problem in report.problems:
            where = "/".join(part for part in (problem.project_id, problem.document_id, problem.annotator) if part)
            click.echo(f"{problem.check}: {f'{where}: ' if where else ''}{problem.message}")
        found = len(report.problems)
        click.echo(f"{found} problem{'s' if found > 1 else ''} found" if found else "no problem found")
    for warning in report.warnings:
        click.echo(f"Note: {warning}", err=True)
    if report.problems:
        ctx.exit(1)


@command.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite TARGET.")
@_options
def backup(target: Path, force: bool, db: str | None, as_json: bool) -> None:
    """Write a verified copy to TARGET; the app may stay open.

    \b
    Example:
        annotator db backup monday.db
    """
    from annotator.store.maintenance import backup_database

    made = backup_database(db or default_database(), target, force=force)
    if as_json:
        click.echo(json.dumps({"backup": str(made.path), "migration": made.migration, "rows": made.rows}, indent=2))
    else:
        click.echo(f"{made.path}: {sum(made.rows.values()):,} rows in {len(made.rows)} tables, verified")


@command.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@_options
def restore(source: Path, db: str | None, as_json: bool) -> None:
    """Put the backup SOURCE in the place of the database, which is kept aside. Stop the app first.

    \b
    Example:
        annotator db restore monday.db
    """
    from annotator.store.maintenance import restore_database

    restored, aside = restore_database(source, db or default_database())
    if as_json:
        result = {
            "database": str(restored.path),
            "migration": restored.migration,
            "rows": restored.rows,
            "previous": str(aside) if aside else None,
        }
        click.echo(json.dumps(result, indent=2))
        return
    click.echo(f"{restored.path}: {sum(restored.rows.values()):,} rows restored from {source}")
    if aside:
        click.echo(f"The database that was there is now {aside}")


@command.command()
@_options
def upgrade(db: str | None, as_json: bool) -> None:
    """Bring the database to this version's tables; a backup is made beside it first.

    \b
    Example:
        annotator db upgrade
    """
    from annotator.store.maintenance import upgrade_database

    done = upgrade_database(db or default_database())
    if as_json:
        result = {
            "database": done.database,
            "found": done.found,
            "now": done.now,
            "backup": str(done.backup) if done.backup else None,
        }
        click.echo(json.dumps(result, indent=2))
    elif done.found == done.now:
        click.echo(f"{done.database} is at migration {done.now} already; nothing to do")
    else:
        click.echo(f"{done.database}: migration {done.found or 'none'} → {done.now}")
        if done.backup:
            click.echo(f"Backup of the database as it was: {done.backup}")

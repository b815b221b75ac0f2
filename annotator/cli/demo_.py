"""``annotator demo``: load the example project, then open the app on it."""

from __future__ import annotations

from contextlib import closing

import click

from annotator.cli.options import server_options
from annotator.workflows.demo import PROJECT_ID, DemoReport


@click.command("demo")
@server_options
@click.option("--load-only", is_flag=True, help="Load the project and stop, without opening the app.")
def command(db: str | None, host: str, port: int | None, browser: bool | None, load_only: bool) -> None:
    """Load the example project and open the app on it.

    The project has twelve invented articles about three events, the labels of two invented annotators, and
    suggestions by the lexicon and, where it is installed, the model. Loading it again changes nothing.

    \b
    Example:
        annotator demo
        annotator demo --db demo.db --load-only
    """
    from annotator.store import default_database

    database = db or str(default_database())
    for line in _load(database):
        click.echo(line, err=True)
    if load_only:
        return
    from annotator.ui.launch import launch

    launch(database, project=PROJECT_ID, host=host, port=port, open_browser=browser, announce=click.echo)


def _load(database: str) -> list[str]:
    """Load the project into ``database``; return what to tell about it."""
    from annotator.store import open_store
    from annotator.workflows.demo import demo_codebook, load_demo
    from annotator.workflows.suggesters import load_available

    click.echo("Loading the example project …", err=True)
    with closing(open_store(database)) as store:
        loaded = load_available(demo_codebook())
        report = load_demo(store, loaded.suggesters, progress=_show_progress)
    return [*_sentences(report), *(f"Note: {note}" for note in (*loaded.notes, *report.notes)), f"Database: {database}"]


def _show_progress(done: int, total: int) -> None:
    click.echo(f"  suggested labels for {done} of {total} articles", err=True)


def _sentences(report: DemoReport) -> list[str]:
    coders = ", ".join(f"{name} ({count})" for name, count in report.annotated.items())
    news = f"{report.added} added" if report.added else "nothing new to add"
    return [
        f"Project '{report.project_id}': {report.documents} articles ({news}), annotated by {coders}.",
        f"Suggestions by {' and '.join(report.suggested_by) or 'nobody'}.",
    ]

"""``annotator ui``: open the app."""

from __future__ import annotations

import click


@click.command("ui")
@click.option("--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database; made if it is not there.")
@click.option("--project", metavar="NAME", help="Project to open first.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Others see the app only if you change it.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port; 8501 or the next free one by default.")
@click.option(
    "--allowed-host", "allowed_hosts", multiple=True, metavar="NAME", help="Host name browsers may use (repeatable)."
)
@click.option("--browser/--no-browser", default=None, help="Open a browser window; by default only on a desktop.")
def command(
    db: str | None,
    project: str | None,
    host: str,
    port: int | None,
    allowed_hosts: tuple[str, ...],
    browser: bool | None,
) -> None:
    """Open the app in the browser, on this machine only unless --host says otherwise.

    There are no passwords yet: whoever can reach the address can label under any name.

    \b
    Example:
        annotator ui --project example
    """
    from annotator.store import default_database, open_store
    from annotator.ui.launch import launch

    database = db or str(default_database())
    store = open_store(database)  # a broken database is a message here, not a page in the browser
    if project:
        store.project(project)
    store.close()
    launch(
        database,
        project=project,
        host=host,
        port=port,
        allowed_hosts=allowed_hosts,
        open_browser=browser,
        announce=click.echo,
    )

"""``annotator ui``: open the app."""

from __future__ import annotations

import click

from annotator.cli.options import server_options


@click.command("ui")
@server_options
@click.option("--project", metavar="NAME", help="Project to open first.")
@click.option(
    "--allowed-host", "allowed_hosts", multiple=True, metavar="NAME", help="Host name browsers may use (repeatable)."
)
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

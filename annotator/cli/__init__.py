"""The ``annotator`` command: the group, and the one place where errors become messages."""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from annotator import __version__
from annotator.errors import AnnotatorError

COMMANDS = {
    "codebook": "Check a codebook file.",
    "db": "Check, back up, restore or upgrade the database.",
    "demo": "Load the example project and open the app.",
    "evaluate": "Measure suggestions against gold labels.",
    "export": "Write a project's documents and annotations to files.",
    "import": "Read articles and annotations into a project.",
    "info": "Show versions, paths and what is installed.",
    "score": "Suggest labels for articles.",
    "train": "Train a model on labelled articles.",
    "ui": "Open the app.",
}
"""Name → one-line help. Each lives in ``annotator/cli/<name>_.py`` as ``command``; to add a verb, add both."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is used, so ``--help`` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"annotator.cli.{cmd_name}_")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AnnotatorError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"Error: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(1)
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"Error: {_system_message(error)}", err=True)
            _drop_output()
            ctx.exit(1)


def _system_message(error: OSError) -> str:
    """Say what the system refused; reached only where no better message was made."""
    where = f"'{os.fsdecode(error.filename)}'" if isinstance(error.filename, str | bytes) else "the output"
    cause = error.strerror or str(error)
    return f"Cannot read or write {where}: {cause}. Check the path, its permissions and the free space, then try again."


def _drop_output() -> None:
    """Let what waits to be written go nowhere, or Python complains about it once more when it ends."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="annotator")
@click.option("--debug", is_flag=True, help="Show the traceback of a known error.")
def main(debug: bool) -> None:
    """Label loaded phrases and framing in news articles, with suggestions from a fine-tuned model.

    \b
    Example:
        annotator score article.txt --format jsonl
    """
    # Elsewhere than on a terminal Python follows the locale, and "→" or a JSON text would end in a traceback.
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")

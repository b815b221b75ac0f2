"""The options of ``annotator score`` as they were given, checked against each other."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from annotator.workflows.score import Which
    from annotator.workflows.score_job import Job
    from annotator.workflows.score_setting import Setting
    from annotator.workflows.score_target import Target

STDIN = "-"
_OF_OUTPUT = ("output", "format_name", "force", "engine", "workers", "resume", "retry_errors")


@dataclass(frozen=True, slots=True)
class Given:
    """The options; see the help text of each."""

    paths: tuple[str, ...]
    output: str | None
    format_name: str | None
    input_format: str | None
    encoding: str | None
    suggester: Which | None
    model_folder: str | None
    codebook_path: str | None
    threshold: float | None
    all_probabilities: bool
    backend: str
    engine: str
    workers: int | None
    part_articles: int
    resume: bool
    retry_errors: bool
    force: bool
    as_json: bool
    interval: float
    project: str | None
    again: bool
    db: str | None
    watch: str | None

    @property
    def target(self) -> Target | None:
        """Where the records go; ``None``: standard output."""
        from annotator.workflows.score_target import target_of

        return None if self.output in (None, STDIN) else target_of(str(self.output), self.format_name)

    @property
    def which(self) -> Which:
        """Who suggests."""
        from annotator.workflows.score import DEFAULT_SUGGESTER

        return self.suggester or DEFAULT_SUGGESTER

    @property
    def stdin_format(self) -> str | None:
        """Format of standard input, found by a look at its beginning; ``None`` when it is told or not read."""
        return _sniffed() if STDIN in self.paths and self.input_format is None else None

    def setting(self, backend: str, format: str) -> Setting:
        """Return what records depend on.

        Args:
            backend: Concrete name.
            format: Of the parts.
        """
        from annotator.workflows.score_setting import Setting

        return Setting(
            paths=self.paths,
            input_format=self.input_format,
            encoding=self.encoding,
            suggester=self.which,
            model_folder=self.model_folder,
            codebook_path=self.codebook_path,
            all_frames=self.all_probabilities,
            minimum=self.threshold,
            backend=backend,
            format=format,
            part_articles=self.part_articles,
        )

    def job(self, format: str) -> Job:
        """Return the job of scoring in this process, without parts."""
        from annotator.workflows.score_job import Job

        return Job(
            output="",
            format=format,
            suggester=self.which,
            model_folder=self.model_folder,
            codebook_path=self.codebook_path,
            all_frames=self.all_probabilities,
            minimum=self.threshold,
            backend=self.backend,
            threads=None,
            encoding=self.encoding,
            input_format=self.input_format,
            key="",
        )


def check_usage(given: Given) -> None:
    """Check that options go together.

    Raises:
        UsageError: Saying which do not, and why.
    """
    sources = [bool(given.paths), given.project is not None, given.watch is not None]
    if not any(sources):
        raise click.UsageError("Missing argument 'PATH…'. Name files or folders, or - for standard input.")
    if given.project is not None and (given.paths or given.watch):
        raise click.UsageError("--project scores the articles of a project: name no other input.")
    if given.watch is not None and given.paths:
        raise click.UsageError("--watch scores what arrives in its folder: name no other input.")
    if given.db is not None and given.project is None and _was_typed("db"):
        raise click.UsageError("--db has no use without --project.")
    if given.again and given.project is None:
        raise click.UsageError("--again has no use without --project.")
    if given.suggester == "lexicon" and given.model_folder:
        raise click.UsageError("--model has no use with --suggester lexicon.")
    if given.suggester == "lexicon" and given.backend != "auto":
        raise click.UsageError("--backend has no use with --suggester lexicon: it runs the model.")
    _check_output(given)
    _check_resume(given)


def _check_output(given: Given) -> None:
    has_output = given.output not in (None, STDIN)
    if given.project is not None:
        for name in (*_OF_OUTPUT, "encoding", "input_format", "threshold", "all_probabilities"):
            if _was_typed(name):
                raise click.UsageError(f"{_option(name)} has no use with --project: suggestions go into the project.")
        if given.codebook_path:
            raise click.UsageError("--codebook has no use with --project: a project has its own.")
    elif given.watch is not None and has_output:
        for name in ("engine", "workers", "force"):
            if _was_typed(name):
                raise click.UsageError(f"{_option(name)} has no use with --watch.")
    elif not has_output:
        for name in ("workers", "engine", "watch"):
            if _was_typed(name):
                raise click.UsageError(f"{_option(name)} needs an output. Name a file or a folder with -o OUT.")
        if given.format_name == "parquet" and sys.stdout.isatty():
            raise click.UsageError("Parquet is not for terminals. Name a file with -o OUT.")


def _check_resume(given: Given) -> None:
    if given.retry_errors and not given.resume:
        raise click.UsageError("--retry-errors belongs to an earlier run: use it with --resume.")
    if not given.resume:
        return
    if given.output in (None, STDIN):
        raise click.UsageError("--resume needs the output to go on with. Name it with -o OUT.")
    if given.force:
        raise click.UsageError("--resume goes on with what is there and --force begins anew: choose one of them.")
    if STDIN in given.paths:
        raise click.UsageError("--resume cannot read standard input a second time. Save the articles in a file.")
    if given.watch is not None:
        raise click.UsageError("--resume has no use with --watch, which always goes on where it stopped.")


def command_to_resume() -> str:
    """Return this command as somebody would have to type it to go on."""
    import shlex

    context = click.get_current_context()
    words = ["annotator", "score"]
    for parameter in context.command.params:
        if parameter.name in (None, "force", "resume") or not _was_typed(str(parameter.name)):
            continue
        value = context.params[str(parameter.name)]
        if isinstance(parameter, click.Argument):
            words += value
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(parameter.opts[0])
        else:
            words += [parameter.opts[0], str(value)]
    return shlex.join([*words, "--resume"])


def _was_typed(name: str) -> bool:
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _option(name: str) -> str:
    parameter = next(one for one in click.get_current_context().command.params if one.name == name)
    return parameter.opts[-1]


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

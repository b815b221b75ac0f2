"""``annotator train``: train a model on labelled articles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.sources import check_labelled, open_for_reading
from annotator.errors import ClassifierError

if TYPE_CHECKING:
    from annotator.codebook import Codebook
    from annotator.workflows.train import TrainOptions
    from annotator.workflows.train_material import Material

_PATHS = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class _Given:
    """The options as they were given; see the help text of each."""

    data: tuple[Path, ...]
    more: tuple[Path, ...]
    project: str | None
    db: str | None
    output: Path
    base_model: str | None
    epochs: int | None
    resume: bool
    seed: int | None
    threads: int | None
    codebook: Path | None
    name: str
    learning_rate: float | None
    dev_share: float
    patience: int
    checkpoint_steps: int
    assisted_weight: float
    unlabelled: tuple[Path, ...]
    teacher: Path | None


@click.command("train")
@click.argument("more", nargs=-1, type=_PATHS, metavar="[FILE]…")
@click.option("--data", multiple=True, type=_PATHS, metavar="FILE", help="Labelled articles; repeatable, and more "
              "files may follow.")  # fmt: skip
@click.option("--project", metavar="NAME", help="Train on the submitted annotations of this project.")
@click.option("--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database.  [default: your own, see info]")
@click.option("--output", required=True, type=_PATHS, metavar="DIR", help="Folder for the model.")
@click.option(
    "--name", default="", metavar="NAME@VERSION", help="Of the model.  [default: that of DIR, one version up]"
)
@click.option("--codebook", type=_PATHS, metavar="PATH", help="Labels of the files, instead of the shipped codebook.")
@click.option("--base-model", metavar="NAME_OR_DIR", help="Encoder to start from, or a trained "
              "model, which keeps what it knows.  [default: all-MiniLM-L6-v2]")  # fmt: skip
@click.option("--epochs", type=click.IntRange(1, 1000), help="Most passes over the articles.  [default: 8]")
@click.option("--patience", type=click.IntRange(1), default=3, show_default=True, help="Stop after this many epochs "
              "without a better one.")  # fmt: skip
@click.option("--dev-share", type=click.FloatRange(0.05, 0.5), default=0.15, show_default=True, metavar="PART",
              help="Part of the articles to hold back, to judge and calibrate on.")  # fmt: skip
@click.option("--assisted-weight", type=click.FloatRange(0, 1), default=0.5, show_default=True, metavar="W",
              help="What annotations count that were made with suggestions in view; 0 leaves them out.")  # fmt: skip
@click.option("--unlabelled", multiple=True, type=_PATHS, metavar="FILE", help="Articles for --teacher to label; "
              "repeatable.")  # fmt: skip
@click.option("--teacher", type=_PATHS, metavar="DIR", help="Learn from this model's reading of --unlabelled too.")
@click.option("--learning-rate", type=click.FloatRange(0, 1, min_open=True), metavar="X", help="Of the encoder's last "
              "layer.  [default: 0.0002]")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), help="Same seed, data and machine: same model.  [default: 13]")
@click.option("--threads", type=click.IntRange(1), help="Processor threads.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished training in DIR.")
@click.option("--checkpoint-steps", type=click.IntRange(1), default=100, show_default=True, metavar="N", help="Save "
              "after so many steps, and after each epoch.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Report what happens as JSON lines on standard output.")
def command(as_json: bool, **options: object) -> None:
    """Train a model on labelled articles: FILEs after --data, or a project.

    A part of the articles is held back. On it every epoch is judged, the best one kept, and its probabilities and
    thresholds fitted. DIR gets the model, its figures (metrics.json) and its card (README.md); a model that is there
    already stays usable until the new one is complete. Stopped or killed, a training goes on with --resume.

    \b
    Example:
        annotator train --data labelled.jsonl --output models/spring
        annotator train --project spring --output models/spring
        annotator score article.txt --model models/spring
    """
    from annotator.cli.train_output import Teller, stopping

    given = _Given(**options)  # type: ignore[arg-type]
    _check_usage(given)
    teller = Teller(as_json=as_json, checkpoints=given.output / ".training")
    with stopping(teller), teller.errors():
        _check_installed()
        with _material(given) as (material, codebook):
            from annotator.workflows.train import train_model

            # closing lets go of the folder at once when something breaks off
            with closing(train_model(material, codebook, _options(given, codebook))) as events:
                for event in events:
                    teller.tell(event)


def _check_usage(given: _Given) -> None:
    check_labelled(given.data, given.more, given.project, given.codebook)
    if bool(given.unlabelled) != bool(given.teacher):
        raise click.UsageError("--unlabelled and --teacher need each other: the teacher labels those articles.")


def _check_installed() -> None:
    missing = [name for name in ("torch", "transformers", "safetensors") if find_spec(name) is None]
    if missing:
        raise ClassifierError(
            f"Cannot train: {' and '.join(missing)} not installed. Install with: pip install 'framing-annotator[train]'"
        )


@contextmanager
def _material(given: _Given) -> Iterator[tuple[Material, Codebook]]:
    from annotator.codebook_file import load_codebook
    from annotator.resources import default_codebook_path
    from annotator.workflows.train_material import material_from_files, material_from_project

    if given.project is None:
        codebook = load_codebook(given.codebook or default_codebook_path())
        paths = [*given.data, *given.more]
        yield material_from_files(paths, codebook, assisted_weight=given.assisted_weight), codebook
        return
    with closing(open_for_reading(given.db)) as store:
        codebook = store.project(given.project).codebook
        material = material_from_project(store, given.project, assisted_weight=given.assisted_weight)
    yield material, codebook


def _options(given: _Given, codebook: Codebook) -> TrainOptions:
    from dataclasses import replace

    from annotator.classifier.start import DEFAULT_BASE, is_trained
    from annotator.classifier.training import CONTINUED, Recipe
    from annotator.workflows.suggesters import find_lexicon
    from annotator.workflows.train import TrainOptions
    from annotator.workflows.train_teach import read_unlabelled

    base = given.base_model or DEFAULT_BASE
    recipe = CONTINUED if is_trained(base) else Recipe()
    if given.epochs is not None:
        recipe = replace(recipe, epochs=given.epochs)
    if given.seed is not None:
        recipe = replace(recipe, seed=given.seed)
    if given.learning_rate is not None:
        ratio = recipe.head_rate / recipe.encoder_rate
        recipe = replace(recipe, encoder_rate=given.learning_rate, head_rate=ratio * given.learning_rate)
    return TrainOptions(
        output=given.output,
        release=given.name,
        base_model=base,
        recipe=recipe,
        resume=given.resume,
        dev_share=given.dev_share,
        patience=given.patience,
        checkpoint_steps=given.checkpoint_steps,
        threads=given.threads,
        lexicon=find_lexicon(codebook, given.codebook),
        unlabelled=read_unlabelled(given.unlabelled) if given.unlabelled else (),
        teacher=given.teacher,
    )

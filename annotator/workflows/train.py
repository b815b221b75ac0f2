"""Train a model on labelled articles: prepare, loop, calibrate, save.

A generator that yields what happens. Whoever draws from it may stop at any moment; the checkpoint in
``OUTPUT/.training`` is whole at every moment, and a model that was in ``OUTPUT`` stays there until the new one is
complete.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

from annotator.classifier.checkpoint import Checkpoint, load_checkpoint, only_one, remove_checkpoint, save_checkpoint
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.machine import Weights, cpu_copy, prepare_machine, put_weights, weights_of
from annotator.classifier.start import DEFAULT_BASE, start_model
from annotator.classifier.training import Recipe, TrainingRun
from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.workflows.train_events import Done, EpochDone, Started, Stepped, TrainEvent
from annotator.workflows.train_finish import Trained, check_release, finish
from annotator.workflows.train_material import Example, Material, check_enough
from annotator.workflows.train_progress import Course, check_same, digest, options_of
from annotator.workflows.train_report import dev_figures, read_dev
from annotator.workflows.train_split import split
from annotator.workflows.train_teach import teach

CHECKPOINTS = ".training"
"""Folder inside the output folder."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How to train.

    Attributes:
        output: Folder for the model.
        release: ``name@version``; "" names it after the folder, one version up from a model that is there.
        base_model: Any Hugging Face encoder, by name or folder.
        recipe: Everything the weights depend on beside data and encoder.
        resume: Go on from the checkpoint in ``output``.
        dev_share: Part of the articles held back.
        patience: Stop after this many epochs without a better dev figure.
        checkpoint_steps: Save after this many steps, and after every epoch.
        threads: Processor threads; ``None``: what PyTorch chooses.
        lexicon: File of a lexicon that the model reads beside the text.
        unlabelled: Texts for a teacher to label, and ``teacher``, the folder of its model.
        samples: Bootstrap resamples of the final figures.
    """

    output: Path
    release: str = ""
    base_model: str = DEFAULT_BASE
    recipe: Recipe = field(default_factory=Recipe)
    resume: bool = False
    dev_share: float = 0.15
    patience: int = 3
    checkpoint_steps: int = 100
    threads: int | None = None
    lexicon: Path | None = None
    unlabelled: tuple[str, ...] = ()
    teacher: Path | None = None
    samples: int = 1000

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints lie."""
        return self.output / CHECKPOINTS


@dataclass(slots=True)
class _Session:
    """What one call of :func:`train_model` works with."""

    options: TrainOptions
    codebook: Codebook
    run: TrainingRun
    encoder: TextEncoder
    dev: list[Example]
    how: str
    depends_on: dict[str, Any]
    lexicon: LexiconSuggester | None
    course: Course = field(default_factory=Course)
    best_weights: Weights = field(default_factory=dict)


def train_model(material: Material, codebook: Codebook, options: TrainOptions) -> Generator[TrainEvent, None, None]:
    """Train, yielding events; the last one is :class:`Done`.

    Raises:
        ClassifierError: If there is too little to learn from, the encoder cannot be loaded, the checkpoint is of
            another training, the loss is no longer a number, or something cannot be saved.
    """
    release = check_release(options.release, options.output)
    _check_codebook(codebook)
    check_enough(material, codebook)
    with only_one(options.checkpoints):
        saved = _saved(options)
        recipe, device = prepare_machine(options.recipe, threads=options.threads)
        session, notes = _prepare(material, codebook, replace(options, recipe=recipe), device=device, saved=saved)
        yield _started(session, material, notes)
        yield from _loop(session)
        model = session.run.model
        put_weights(model, session.best_weights)
        model.config.release = release
        trained = Trained(model, session.encoder, material, session.dev, session.how, session.course, options.lexicon)
        figures = finish(trained, codebook, output=options.output, samples=options.samples)
        remove_checkpoint(options.checkpoints)
    yield Done(str(options.output), release, session.course.best_epoch, figures.to_record())


def _check_codebook(codebook: Codebook) -> None:
    if len(codebook.frames) < 2:
        raise ClassifierError(
            f"Cannot train for codebook '{codebook.ref}': it has {len(codebook.frames)} article frames; a model needs "
            "at least two to tell apart. Add frames to the codebook."
        )


def _prepare(
    material: Material, codebook: Codebook, options: TrainOptions, *, device: str, saved: Checkpoint | None
) -> tuple[_Session, tuple[str, ...]]:
    """Return everything the loop needs, after the last step of the saved training, and notes on the lessons."""
    seed = options.recipe.seed
    learnt, dev, how = split(material, share=options.dev_share, seed=seed)
    model, tokenizer = start_model(codebook, base=options.base_model, seed=seed)
    config = model.config
    encoder = TextEncoder(tokenizer, size=config.window_tokens, context=config.window_context)
    depends_on = options_of(config, options.recipe, learnt, dev=dev, extra=_extra(options))
    if saved is not None:
        check_same(saved.options, depends_on, options.output)
    # Windows that do not overlap: a repeated sentence would be learned from twice.
    apart = TextEncoder(tokenizer, size=config.window_tokens, context=-1)
    teaching = teach(apart, learnt, config, codebook=codebook, texts=options.unlabelled, teacher=options.teacher)
    run = TrainingRun(model, apart, teaching.lessons, recipe=options.recipe, teacher=teaching.by_teacher, device=device)
    lexicon = LexiconSuggester.load(options.lexicon, codebook) if options.lexicon else None
    session = _Session(options, codebook, run, encoder, dev, how, depends_on, lexicon)
    _begin(session, saved)
    return session, teaching.notes


def _saved(options: TrainOptions) -> Checkpoint | None:
    if not options.resume:
        return None
    saved = load_checkpoint(options.checkpoints)
    if saved is None:
        raise ClassifierError(
            f"There is nothing to resume in '{options.output}': it holds no unfinished training. Leave out --resume "
            "to start one.",
            folder=str(options.output),
        )
    return saved


def _extra(options: TrainOptions) -> dict[str, Any]:
    return {
        "patience": options.patience,
        "lexicon": digest([options.lexicon.read_text("utf-8")] if options.lexicon else []),
        "unlabelled articles": digest(options.unlabelled),
        "teacher": str(options.teacher or ""),
    }


def _begin(session: _Session, saved: Checkpoint | None) -> None:
    """Take up the saved training, or mark a new one as begun, which discards an older checkpoint."""
    if saved is None:
        save_checkpoint(session.options.checkpoints, Checkpoint(0, session.depends_on))
        return
    session.course = Course.from_record(saved.progress)
    session.best_weights = dict(saved.best)
    if not saved.tensors:
        return
    try:
        session.run.restore(saved.step, dict(saved.tensors))
    except (RuntimeError, KeyError, ValueError) as error:
        raise ClassifierError(
            f"Cannot resume from '{session.options.checkpoints}': its weights do not fit the model ({error}). Start "
            "anew without --resume."
        ) from error


def _started(session: _Session, material: Material, notes: tuple[str, ...]) -> Started:
    articles = material.articles()
    run = session.run
    bf16 = "bfloat16" if run.recipe.bf16 else "full precision"
    held = f"Held back {len(session.dev)} articles, split by {session.how}; numbers in {bf16}."
    return Started(
        documents=len(articles),
        train=len(articles) - len(session.dev),
        dev=len(session.dev),
        spans=sum(len(examples[0].annotation.spans) for examples in articles),
        epochs=run.recipe.epochs,
        device=run.device,
        step=run.step,
        notes=(*material.notes, *notes, held),
    )


def _loop(session: _Session) -> Iterator[Stepped | EpochDone]:
    run, course = session.run, session.course
    began, first = monotonic(), run.step
    while run.step < run.steps and not course.is_over(session.options.patience):
        progress = run.advance()
        course.add(progress.loss, progress.losses)
        left = (monotonic() - began) / (run.step - first) * (run.steps - run.step)
        yield Stepped(progress.epoch, run.recipe.epochs, run.step, run.steps, round(progress.loss, 6), round(left, 1))
        ended = _end_epoch(session) if run.step % run.steps_per_epoch == 0 else None
        if ended or run.step % session.options.checkpoint_steps == 0:
            _save(session)
        if ended:
            yield ended


def _end_epoch(session: _Session) -> EpochDone:
    """Judge the epoch on the dev part and remember its weights when it is the best."""
    run = session.run
    model = cpu_copy(run.model)
    part = read_dev(model, session.encoder, session.dev, lexicon=session.lexicon)
    figures = dev_figures(part, model.config, session.codebook)
    event = session.course.end_epoch(figures)
    if event.best:
        session.best_weights = weights_of(model)
    return event


def _save(session: _Session) -> None:
    course, run = session.course, session.run
    checkpoint = Checkpoint(run.step, session.depends_on, course.to_record(), run.tensors(), session.best_weights)
    save_checkpoint(session.options.checkpoints, checkpoint, best_epoch=course.best_epoch)

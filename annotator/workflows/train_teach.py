"""Make lessons of the labelled articles, and of unlabelled ones that a teacher has read (self-training)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import load_folder
from annotator.classifier.lessons import Lesson, make_lessons, teacher_lessons
from annotator.classifier.modeling import FramingConfig
from annotator.codebook import Codebook
from annotator.errors import ClassifierError, FormatError
from annotator.formats import ReadOptions, Rejected, read_paths
from annotator.workflows.train_material import Example


@dataclass(frozen=True, slots=True)
class Teaching:
    """Lessons from people's labels, lessons from a teacher, and what could not be taught."""

    lessons: list[Lesson]
    by_teacher: list[Lesson]
    notes: tuple[str, ...] = ()


def read_unlabelled(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the texts of articles to be labelled by a teacher, each once; labels in the files are not read.

    Raises:
        FormatError: If a file or row cannot be read, or there is none.
    """
    texts: dict[str, None] = {}
    for item in read_paths(paths, options=ReadOptions(annotations=False)):
        if isinstance(item, Rejected):
            if item.skipped:
                continue
            raise FormatError(f"Cannot use these unlabelled articles: {item.message} Repair or remove it.")
        texts[item.document.text] = None
    if not texts:
        raise FormatError("Cannot use these unlabelled articles: the files hold none. Check --unlabelled.")
    return tuple(texts)


def teach(
    encoder: TextEncoder,
    learnt: Sequence[Example],
    config: FramingConfig,
    *,
    codebook: Codebook,
    texts: Sequence[str] = (),
    teacher: Path | None = None,
) -> Teaching:
    """Make all lessons.

    Args:
        learnt: Labelled examples.
        texts: Unlabelled articles, read by the model in folder ``teacher``.

    Raises:
        ClassifierError: If the teacher cannot be loaded or knows other labels or tokens.
    """
    lessons: list[Lesson] = []
    lost = 0
    for example in learnt:
        made, untaught = make_lessons(encoder, example.document.text, example.annotation, config, weight=example.weight)
        lessons += made
        lost += untaught
    notes = [f"{lost} spans hold no token and are not taught."] if lost else []
    if teacher is None or not texts:
        return Teaching(lessons, [], tuple(notes))
    held = {example.document.text for example in learnt}
    by_teacher = _by_teacher(
        encoder, [text for text in texts if text not in held], config, codebook=codebook, folder=teacher
    )
    notes.append(f"Half of each batch are {len(by_teacher)} unlabelled articles as read by {teacher.name}.")
    return Teaching(lessons, by_teacher, tuple(notes))


def _by_teacher(
    encoder: TextEncoder, texts: Sequence[str], config: FramingConfig, *, codebook: Codebook, folder: Path
) -> list[Lesson]:
    model, tokenizer = load_folder(folder, codebook)
    known = model.config
    if (known.devices, known.frames) != (config.devices, config.frames):
        raise ClassifierError(
            f"Cannot learn from the teacher in '{folder}': its labels are not those of codebook '{codebook.ref}', or "
            "in another order. Choose a teacher trained for this very codebook.",
            folder=str(folder),
        )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if tokenizer.to_str() != encoder.tokenizer.to_str():
        raise ClassifierError(
            f"Cannot learn from the teacher in '{folder}': it cuts texts into other tokens than the encoder "
            f"'{config.base_model}'. Choose a teacher that started from the same encoder.",
            folder=str(folder),
        )
    return list(teacher_lessons(model, encoder, texts))

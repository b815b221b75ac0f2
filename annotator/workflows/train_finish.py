"""The end of a training: calibrate, measure, write the model folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from annotator.classifier.checkpoint import write_whole
from annotator.classifier.decoding import Decoding
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import CONFIG, save_folder
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.modeling import FramingModel
from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.workflows.train_card import CardFacts, write_card
from annotator.workflows.train_material import Example, Material
from annotator.workflows.train_progress import Course
from annotator.workflows.train_report import DevFigures, fit, full_report, read_dev

METRICS = "metrics.json"
_RELEASE = re.compile(r"[\w.-]{1,60}@[\w.-]{1,30}")


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with the weights of its best epoch, and how it came about.

    Attributes:
        dev: The articles held back; ``how``: split by event or by document.
        lexicon: File of the lexicon that the model reads beside the text, if any.
    """

    model: FramingModel
    encoder: TextEncoder
    material: Material
    dev: list[Example]
    how: str
    course: Course
    lexicon: Path | None = None


def check_release(release: str, output: Path) -> str:
    """Return ``name@version`` for the model: as asked for, or named after its folder and one version up.

    Suggestions keep the version that made them, so two models must not share one.

    Raises:
        ClassifierError: If it is malformed, or the model in ``output`` has that very release.
    """
    present = _present_release(output)
    wanted = release or _next_release(present, output)
    if "@" not in wanted:
        wanted += "@0.1.0"
    if not _RELEASE.fullmatch(wanted):
        raise ClassifierError(
            f"Cannot name the model '{wanted}': expected NAME@VERSION of letters, digits, '.', '_' and '-', such as "
            "spring-news@0.1.0. Give one with --name."
        )
    if wanted == present:
        raise ClassifierError(
            f"Cannot name the model '{wanted}': the one in '{output}' has that name and version, and suggestions made "
            "by the two could not be told apart. Raise the version with --name."
        )
    return wanted


def _present_release(output: Path) -> str:
    try:
        config = json.loads((output / CONFIG).read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(config.get("release", "")) if isinstance(config, dict) else ""


def _next_release(present: str, output: Path) -> str:
    name, _, version = present.partition("@")
    numbers = version.split(".")
    if name and all(number.isdigit() for number in numbers):
        place = min(1, len(numbers) - 1)
        raised = [int(n) + (i == place) if i <= place else 0 for i, n in enumerate(numbers)]
        return f"{name}@{'.'.join(map(str, raised))}"
    return re.sub(r"[^\w.-]+", "-", output.resolve().name) + "@0.1.0"


def finish(trained: Trained, codebook: Codebook, *, output: Path, samples: int) -> DevFigures:
    """Fit calibration on the whole dev part, measure, and write model, figures and card into ``output``.

    Returns:
        The headline, with calibration cross-fitted within the dev part.

    Raises:
        ClassifierError: If the folder cannot be written; the model in it is then as it was.
    """
    model = trained.model
    lexicon = LexiconSuggester.load(trained.lexicon, codebook) if trained.lexicon else None
    part = read_dev(model, trained.encoder, trained.dev, lexicon=lexicon)
    reports, figures = full_report(part, model.config, codebook, lexicon=lexicon, samples=samples)
    measured_on = measured_sentence(trained)
    model.config.calibration = fit(part, model.config).to_record()
    model.config.decoding = asdict(Decoding(**model.config.decoding))
    save_folder(output, model, trained.encoder.tokenizer, lexicon=trained.lexicon)
    facts = CardFacts(model.config, trained.material, len(trained.dev), trained.course, reports, measured_on)
    try:
        write_whole(output / METRICS, _metrics(reports, measured_on))
        write_card(output, facts)
    except OSError as error:
        raise ClassifierError(
            f"The model in '{output}' is complete, but not its figures and card: {error}. Free some space, then go on "
            "with --resume.",
            folder=str(output),
        ) from error
    return figures


def measured_sentence(trained: Trained) -> str:
    """Say which articles the figures come from, and what makes them kinder than they should be."""
    assisted = sum(example.is_assisted for example in trained.dev)
    seen = f" {assisted} of them were labelled with suggestions in view." if assisted else ""
    return (
        f"Measured on {len(trained.dev)} articles held back from training, split by {trained.how}.{seen} Calibration "
        f"and thresholds are cross-fitted within them; the best of {len(trained.course.epochs)} epochs was chosen on "
        "them, which flatters the figures a little."
    )


def _metrics(reports: Mapping[str, Any], measured_on: str) -> str:
    return json.dumps({**reports, "measured_on": measured_on}, indent=1, ensure_ascii=False) + "\n"

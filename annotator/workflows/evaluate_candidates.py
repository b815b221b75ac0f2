"""Who is measured: the model, the lexicon or both, other models, and baselines that learn from labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.errors import AnnotatorError, ClassifierError
from annotator.workflows.evaluate import Candidate
from annotator.workflows.evaluate_input import GoldArticles, read_gold
from annotator.workflows.evaluate_suggesters import Joint, Translated
from annotator.workflows.suggesters import Which, load_lexicon, load_model


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure.

    Attributes:
        which: The first candidate.
        model: Its folder; ``None``: the shipped one.
        lexicon: Its file; ``None``: the shipped one for the codebook.
        compare: Folders of other models.
        baselines: Whether to add the lexicon and, with ``train_data``, baselines that learn.
        train_data: Labelled articles for those.
        train_format: Format of ``train_data``; ``None`` goes by the endings.
    """

    which: Which = "model"
    model: Path | None = None
    lexicon: Path | None = None
    compare: Sequence[Path] = ()
    baselines: bool = False
    train_data: Sequence[Path] = ()
    train_format: str | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates ready to be measured, and what to tell about them."""

    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()


def load_candidates(wanted: Wanted, codebook: Codebook, gold: GoldArticles) -> Candidates:
    """Load everything that is to be measured, in the words of the gold labels.

    Args:
        codebook: Of the models and the lexicon.
        gold: What they are measured against.

    Raises:
        AnnotatorError: If a model cannot be loaded or belongs to another codebook, or a baseline cannot learn. Without
            a lexicon for the codebook, the comparison with it is left out with a note.
    """
    notes: list[str] = []
    found = [Candidate(wanted.which, _translated(_first(wanted, codebook), codebook, gold))]
    for folder in wanted.compare:
        found.append(Candidate(str(folder), _translated(load_model(codebook, folder), codebook, gold)))
    if wanted.baselines:
        if wanted.which != "lexicon":
            try:
                lexicon = load_lexicon(codebook, wanted.lexicon)
                found.append(Candidate("lexicon", _translated(lexicon, codebook, gold)))
            except AnnotatorError as error:
                notes.append(f"The lexicon is not measured: {error}")
        if wanted.train_data:
            found += _learnt(wanted, codebook, gold, notes)
        else:
            notes.append("Only the lexicon is a baseline here; TF-IDF and a phrase list learn from --train-data.")
    return Candidates(_named_once(found), tuple(notes))


def _first(wanted: Wanted, codebook: Codebook) -> Suggester:
    if wanted.which == "lexicon":
        return load_lexicon(codebook, wanted.lexicon)
    model = load_model(codebook, wanted.model)
    return model if wanted.which == "model" else Joint(model, load_lexicon(codebook, wanted.lexicon))


def _translated(suggester: Suggester, codebook: Codebook, gold: GoldArticles) -> Suggester:
    return suggester if gold.scheme is None else Translated(suggester, codebook, gold.scheme)


def _learnt(wanted: Wanted, codebook: Codebook, gold: GoldArticles, notes: list[str]) -> Iterator[Candidate]:
    """Fit the baselines, on labels of the same kind as the gold."""
    from annotator.classifier.baseline import fit_baseline
    from annotator.classifier.phrase_list import fit_phrases

    learning = read_gold(wanted.train_data, codebook, format=wanted.train_format)
    if learning.rejected:
        notes.append(
            f"{len(learning.rejected)} rows or files to learn from could not be read; the first: "
            f"{learning.rejected[0].message}"
        )
    measured = {document.text_sha256 for document, _ in gold.items}
    fresh = [item for item in learning.items if item[0].text_sha256 not in measured]
    if len(fresh) < len(learning.items):
        notes.append(f"{len(learning.items) - len(fresh)} articles to learn from are among those measured: left out.")
    if not fresh:
        raise ClassifierError(
            "Cannot fit the baselines: every article of --train-data is among those measured. Name other articles."
        )
    yield Candidate("tfidf", fit_baseline(fresh, learning.codebook))
    yield Candidate("phrases", fit_phrases(fresh, learning.codebook))


def _named_once(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Number the names that occur twice, as when one folder is compared with itself."""
    taken: dict[str, int] = {}
    found = []
    for one in candidates:
        taken[one.name] = taken.get(one.name, 0) + 1
        name = one.name if taken[one.name] == 1 else f"{one.name} ({taken[one.name]})"
        found.append(Candidate(name, one.suggester))
    return tuple(found)

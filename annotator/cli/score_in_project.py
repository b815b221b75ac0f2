"""``annotator score --project NAME``: suggestions for the articles of a project, stored there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.cli.score_given import Given
from annotator.cli.score_output import Report
from annotator.cli.score_progress import message
from annotator.errors import StoreError

if TYPE_CHECKING:
    from annotator.classifier.base import Suggester
    from annotator.formats import Rejected
    from annotator.store.base import Project
    from annotator.workflows.score_project import Progress


def score_in_project(given: Given) -> Report:
    """Score what has no suggestions of these versions yet, and store them."""
    from annotator.store import default_database, open_store
    from annotator.workflows.score_failures import Failure
    from annotator.workflows.score_project import score_project

    database = given.db or str(default_database())
    if "://" not in database and not Path(database).exists():
        raise StoreError(f"There is no database {database}. Check --db, or import something first.", path=database)
    report = Report()

    def reject(rejected: Rejected) -> None:
        report.listed.append(Failure.of(rejected))
        message(f"Not scored: {rejected.message}")

    with closing(open_store(database)) as store, _bar() as progress:
        suggesters = _suggesters(given, store.project(str(given.project)), database)
        done = score_project(
            store, str(given.project), suggesters, again=given.again, progress=progress, on_rejected=reject
        )
    for note in done.notes:
        message(f"Note: {note}")
    report.scored, report.spans, report.skipped, report.failed = done.documents, done.spans, done.skipped, done.failed
    message(f"{done.documents} articles scored with {done.spans} suggestions; {done.skipped} had theirs already.")
    return report


def _suggesters(given: Given, project: Project, database: str) -> tuple[Suggester, ...]:
    from annotator.workflows.model_folders import models_folder
    from annotator.workflows.score import load_suggesters
    from annotator.workflows.score_project import project_model

    folder = Path(given.model_folder) if given.model_folder else None
    if folder is None and given.which != "lexicon":
        folder = project_model(project, models_folder(database))
    return load_suggesters(given.which, project.codebook, model_folder=folder, backend=given.backend)


@contextmanager
def _bar() -> Iterator[Progress | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=" articles", file=sys.stderr, dynamic_ncols=True) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell

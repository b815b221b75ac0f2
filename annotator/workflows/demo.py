"""Load the example project: invented articles, two annotators' labels, and suggestions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.errors import StoreError
from annotator.resources import default_codebook_path, resource
from annotator.store.base import Project, Store
from annotator.workflows.import_ import import_paths
from annotator.workflows.score_project import score_project

PROJECT_ID = "example"
TITLE = "Example: three events"
SUGGESTED_BY = "demo_suggested_by"
"""Project setting: agent versions whose suggestions are complete."""

Progress = Callable[[int, int], None]
"""Called with the number of articles done so far, and of all."""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the example project holds after loading.

    Attributes:
        documents: Articles in the project, whoever put them there.
        added: Articles that were not there before; 0 when it was loaded before.
        annotated: Annotator → how many articles they have labelled.
        suggested_by: Agent versions whose suggestions are in the project.
        notes: What did not go as it should, for people; normally empty.
    """

    project_id: str
    documents: int
    added: int
    annotated: dict[str, int] = field(default_factory=dict)
    suggested_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def demo_codebook() -> Codebook:
    """Return the codebook of the example project."""
    return load_codebook(default_codebook_path())


def load_demo(store: Store, suggesters: Sequence[Suggester] = (), *, progress: Progress | None = None) -> DemoReport:
    """Make the example project, or complete it; loading it again doubles nothing and overwrites no one's labels.

    Args:
        suggesters: Whose suggestions to store. One whose version has done so before is left out.
        progress: Told how many articles have suggestions, after each batch.

    Raises:
        StoreError: If a project of that name has another codebook.
        AnnotatorError: If the installation lacks the example files.
    """
    project = _project(store)
    imported = import_paths(store, project.id, [resource("examples", "corpus.jsonl")])
    ids = [document.id for document in store.iter_documents(project.id)]
    notes = [rejected.message for rejected in imported.rejected]
    notes.extend(_suggest(store, project, suggesters, progress))
    return DemoReport(
        project_id=project.id,
        documents=len(ids),
        added=len(imported.new_ids),
        annotated=_annotated(store, ids),
        suggested_by=tuple(store.project(project.id).settings.get(SUGGESTED_BY, ())),
        notes=tuple(notes),
    )


def _project(store: Store) -> Project:
    codebook = demo_codebook()
    for project in store.projects():
        if project.id != PROJECT_ID:
            continue
        if project.codebook.ref != codebook.ref:
            raise StoreError(
                f"Cannot load the example project: project '{PROJECT_ID}' is there with codebook "
                f"'{project.codebook.ref}', and the examples are labelled with '{codebook.ref}'. "
                "Load them into another database: annotator demo --db demo.db",
                project_id=PROJECT_ID,
            )
        return project
    source = default_codebook_path().read_text(encoding="utf-8")
    return store.create_project(PROJECT_ID, title=TITLE, codebook=codebook, codebook_source=source)


def _suggest(store: Store, project: Project, suggesters: Sequence[Suggester], progress: Progress | None) -> list[str]:
    """Store what is missing; a setting remembers whose suggestions are complete."""
    if not suggesters:
        return []
    notes: list[str] = []
    report = score_project(
        store, project.id, suggesters, progress=progress, on_rejected=lambda rejected: notes.append(rejected.message)
    )
    if not report.failed:
        known: list[str] = list(project.settings.get(SUGGESTED_BY, ()))
        complete = [*known, *(suggester.version for suggester in suggesters if suggester.version not in known)]
        store.set_project_setting(project.id, SUGGESTED_BY, complete)
    return [*notes, *report.notes]


def _annotated(store: Store, ids: Sequence[str]) -> dict[str, int]:
    counts = dict.fromkeys(store.annotators(PROJECT_ID), 0)
    for document_id in ids:
        for annotation in store.annotations(PROJECT_ID, document_id):
            counts[annotation.annotator] += 1
    return {name: count for name, count in counts.items() if count}

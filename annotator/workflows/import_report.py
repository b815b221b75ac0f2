"""What an import did, article by article where something is to be said, counted where not."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotator.formats import Rejected
from annotator.formats.base import place


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of everything that was read.

    Attributes:
        added, revised: Ids of new documents, and of known ones that now have another text.
        duplicates: (id in the file, id of the document with the same text).
        rejected: Files and rows left out for a fault.
        skipped: What was passed over by rule, such as images in a folder.
        warnings: What was unusual, each once, with the number of articles and the first place.
        annotations: How many annotations were stored.
        repeated: How many were there already.
    """

    added: tuple[str, ...] = ()
    revised: tuple[str, ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()
    rejected: tuple[Rejected, ...] = ()
    skipped: tuple[Rejected, ...] = ()
    warnings: tuple[str, ...] = ()
    annotations: int = 0
    repeated: int = 0

    @property
    def new_ids(self) -> tuple[str, ...]:
        """Documents whose text was not there before, for which suggestions may be made."""
        return (*self.added, *self.revised)

    def summary(self) -> str:
        """Return one sentence for people.

        Example:
            >>> ImportReport(added=("a", "b"), annotations=1).summary()
            'Added 2 articles and 1 annotation.'
        """
        done = [_count(len(self.added), "article")] if self.added or not self.annotations else []
        done += [_count(self.annotations, "annotation")] if self.annotations else []
        said = [f"Added {' and '.join(done)}"]
        said += [f"replaced the text of {_count(len(self.revised), 'article')}"] if self.revised else []
        said += [f"{_count(len(self.duplicates), 'article')} already there"] if self.duplicates else []
        said += [f"{_count(self.repeated, 'annotation')} already there"] if self.repeated else []
        said += [f"left out {len(self.rejected)} with a fault"] if self.rejected else []
        return "; ".join(said) + "."


@dataclass(slots=True)
class Notes:
    """An :class:`ImportReport` in the making. ``seen`` counts articles and rejections read so far."""

    added: list[str] = field(default_factory=list)
    revised: list[str] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Rejected] = field(default_factory=list)
    warned: dict[str, tuple[str, int]] = field(default_factory=dict)
    annotations: int = 0
    repeated: int = 0
    seen: int = 0

    def reject(self, item: Rejected) -> None:
        """Keep what was left out."""
        (self.skipped if item.skipped else self.rejected).append(item)

    def warn(self, warnings: tuple[str, ...], name: str, line: int | None) -> None:
        """Keep the first place of each warning, and count the others."""
        for warning in warnings:
            first, count = self.warned.get(warning, (place(name, line), 0))
            self.warned[warning] = (first, count + 1)

    def report(self) -> ImportReport:
        """Return the finished report."""
        return ImportReport(
            added=tuple(self.added),
            revised=tuple(self.revised),
            duplicates=tuple(self.duplicates),
            rejected=tuple(self.rejected),
            skipped=tuple(self.skipped),
            warnings=tuple(
                f"{first}{f' and {count - 1} more' if count > 1 else ''}: {warning}"
                for warning, (first, count) in self.warned.items()
            ),
            annotations=self.annotations,
            repeated=self.repeated,
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

"""A scoring run into a folder of parts: begun, gone on with after any interruption, and put together at the end.

::

    OUT/                          or .OUT.parts/ beside a single file OUT, which is made from it and replaces it
        manifest.json             what the run was made from and with, and whether it is done
        part-000000-….jsonl       the records of one range, there whole or not at all
        errors-000000-….jsonl     what failed in it, if anything did
        part-000000r1-….jsonl     what the first --retry-errors made of that
        .lock                     held by the process that writes
"""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from annotator.errors import FormatError
from annotator.workflows.manifest import (
    MANIFEST,
    Counts,
    Manifest,
    job_for,
    new_manifest,
    read_manifest,
)
from annotator.workflows.part_store import LocalParts, PartStore, open_parts, part_names
from annotator.workflows.ranges import Range
from annotator.workflows.score_failures import Failure, current_lists, read_failures, retry_ranges
from annotator.workflows.score_job import Job, PartReport
from annotator.workflows.score_join import count_written, join_parts
from annotator.workflows.score_output import check_target, whole_file
from annotator.workflows.score_setting import Setting, differences
from annotator.workflows.score_target import Target, check_place, is_ours

OnPart = Callable[[PartReport], None]


class Engine(Protocol):
    """Scores ranges in whatever processes, and tells of each part once."""

    def __call__(self, ranges: Iterator[Range], job: Job, *, workers: int, on_part: OnPart) -> None: ...


class ScoreRun:
    """A run whose folder this process has claimed; made by :func:`open_run`.

    Attributes:
        manifest: As it stands in the folder.
    """

    def __init__(self, target: Target, setting: Setting, store: PartStore, manifest: Manifest) -> None:
        self.target = target
        self.manifest = manifest
        self._setting = setting
        self._store = store
        self._before = manifest.counts if manifest.retries or manifest.state == "done" else Counts()
        self._session = Counts()
        self._is_discarded = False

    @property
    def is_kept(self) -> bool:
        """Whether there is something to go on with."""
        return self.articles > 0 and not self._is_discarded

    @property
    def is_done(self) -> bool:
        """Whether every range has its part."""
        return self.manifest.state == "done"

    @property
    def articles(self) -> int:
        """Articles known to be scored and kept."""
        return max(self._before.articles + self._session.articles, self.manifest.counts.articles)

    def score(
        self, ranges: Iterator[Range], engine: Engine, *, workers: int, threads: int | None, on_part: OnPart
    ) -> None:
        """Score what has no part yet.

        Args:
            ranges: The whole input, cut as :func:`annotator.workflows.ranges.plan_ranges` does.
            threads: Of each process.
            on_part: Told of each part, also of those that were there.

        Raises:
            AnnotatorError: If a part cannot be written, or the engine fails. What was written is kept.
        """
        if self.is_done:
            return
        if self.manifest.retries:
            self._count_retried()
            ranges = retry_ranges(self._store, format=self.target.format)
        self._run(ranges, engine, workers=workers, threads=threads, on_part=on_part)

    def retry(self) -> None:
        """Make :meth:`score` try again what failed.

        Raises:
            FormatError: If the manifest cannot be written.
        """
        self._before = self._counts()
        self._session = Counts()
        self._save(replace(self.manifest, state="running", retries=self.manifest.retries + 1, counts=self._before))

    def finish(self) -> Counts:
        """Mark the run as done, and make the one file if one is wanted; returns what is in it.

        Raises:
            FormatError: If the file cannot be written, or there is one by now that may not be replaced.
        """
        if not self.is_done:
            for name in current_lists(self._store, format=self.target.format)[1]:
                self._store.delete(name.errors)
            self._save(self.manifest.finish(self._counts()))
        if self.target.file is not None:
            self._join(self.target.file)
        return self.manifest.counts

    def failures(self) -> Iterator[Failure]:
        """Yield what was not scored, in the order of the input; before :meth:`finish` of a single file."""
        for name in current_lists(self._store, format=self.target.format)[0]:
            yield from read_failures(self._store, name)

    def pause(self) -> None:
        """Leave the folder so that somebody can go on with it; nothing of it stays if nothing is worth keeping."""
        if isinstance(self._store, LocalParts):
            self._store.sweep()
        is_lost = self.target.file is not None and not self._setting.is_repeatable
        if is_lost or not part_names(self._store.names(), format=self.target.format)[0]:
            self._discard()
        elif not self.is_done and not self.manifest.retries:
            with suppress(FormatError):  # the disk may be full, and the parts count more than their number
                self._save(replace(self.manifest, counts=replace(self.manifest.counts, articles=self.articles)))

    def _run(self, ranges: Iterator[Range], engine: Engine, *, workers: int, threads: int | None, on_part: OnPart
             ) -> None:  # fmt: skip
        planned = done = 0

        def counted() -> Iterator[Range]:
            nonlocal planned
            for range_ in ranges:
                planned += 1
                yield range_

        def heard(report: PartReport) -> None:
            nonlocal done
            done += 1
            self._session = self._session.plus(report.scored, report.spans)
            on_part(report)

        retry = self.manifest.retries
        job = job_for(self._setting, self.manifest, output=self.target.parts, threads=threads, retry=retry)
        engine(counted(), job, workers=workers, on_part=heard)
        if planned != done:
            raise FormatError(
                f"Cannot finish '{self.target.shown}': {done} of {planned} parts were made, and nobody said why. Go on "
                "with --resume.",
                path=self.target.parts,
            )

    def _count_retried(self) -> None:
        """Count what this very retry had made before it was interrupted: its ranges do not come again."""
        for name in part_names(self._store.names(), format=self.target.format)[0]:
            if name.retry == self.manifest.retries:
                articles, spans = count_written(self._store.read(name.part), self.target.format)
                self._session = self._session.plus(articles, spans)

    def _counts(self) -> Counts:
        done = self._before.plus(self._session.articles, self._session.spans)
        parts = len(part_names(self._store.names(), format=self.target.format)[0])
        return replace(done, failed=sum(1 for _ in self.failures()), parts=parts)

    def _save(self, manifest: Manifest) -> None:
        manifest.write(self._store)
        self.manifest = manifest

    def _join(self, path: Path) -> None:
        names = [name.part for name in part_names(self._store.names(), format=self.target.format)[0]]
        with whole_file(path, force=True) as stream:
            join_parts(self._store, names, stream, format=self.target.format)
            stream.flush()
            # A run killed right here has its file already, and may find that again.
            if path.exists() and not self.manifest.replace and not filecmp.cmp(stream.name, path, shallow=False):
                check_target(path, force=False)
        self._discard()

    def _discard(self) -> None:
        """Remove all of the run, and the folder unless somebody made it before us."""
        self._is_discarded = True
        if self.target.file is not None:
            self._store.remove()
            return
        _clear(self._store)
        if isinstance(self._store, LocalParts):
            self._store.leave()


@contextmanager
def open_run(target: Target, setting: Setting, *, resume: bool, force: bool) -> Iterator[ScoreRun]:
    """Claim a folder of parts and begin a run in it, or go on with the one that is there.

    Whatever ends the context early leaves the parts that are whole; nothing else.

    Args:
        resume: Go on with the run that is there; without one, begin.
        force: Begin anew whatever is there, and replace a file of that name at the end.

    Raises:
        FormatError: If another process writes there, a run is there and neither ``resume`` nor ``force`` is set, that
            run was made from or with something else, or the place cannot be used.
        AnnotatorError: If the codebook, the lexicon or the model cannot be used.
    """
    check_place(target, setting, resume=resume, force=force)
    store = open_parts(target.parts)
    with store.claim():
        try:
            manifest = _begun(target, setting, store, resume=resume, force=force)
        except BaseException:
            if isinstance(store, LocalParts) and store.is_new:
                store.leave()
            raise
        run = ScoreRun(target, setting, store, manifest)
        try:
            yield run
        except BaseException:
            run.pause()
            raise


def _begun(target: Target, setting: Setting, store: PartStore, *, resume: bool, force: bool) -> Manifest:
    """Return the manifest of the run that is gone on with, or of a new one in an empty folder."""
    found = None if force else read_manifest(store)
    if found is not None:
        manifest = _continued(target, setting, found, resume=resume)
    else:
        if not force and any(part_names(store.names(), format=target.format)):
            raise FormatError(
                f"Cannot write to '{target.shown}': there are parts without a {MANIFEST}, so nobody knows what they "
                "were made from. Choose another name, or begin anew with --force.",
                path=target.parts,
            )
        manifest = new_manifest(setting, replace=force)
        _clear(store)
        manifest.write(store)
    if isinstance(store, LocalParts):
        store.sweep()
    return manifest


def _continued(target: Target, setting: Setting, found: Manifest, *, resume: bool) -> Manifest:
    if not resume:
        state = "a finished run is there" if found.state == "done" else "an unfinished run is there"
        way = "Choose another name" if found.state == "done" else "Go on with it with --resume"
        raise FormatError(
            f"Cannot write to '{target.shown}': {state}. {way}, or begin anew with --force.", path=target.parts
        )
    if target.file is not None and found.state != "done":
        check_target(target.file, force=found.replace)
    now = new_manifest(setting, replace=found.replace)
    if different := differences(found.identity, now.identity):
        listed = "".join(f"\n  {line}" for line in different)
        raise FormatError(
            f"Cannot go on with '{target.shown}': it was begun with something else.{listed}\nUse what it was begun "
            "with, or begin anew with --force.",
            path=target.parts,
            differences=different,
        )
    return found


def _clear(store: PartStore) -> None:
    for name in list(store.names()):
        if is_ours(name):
            store.delete(name)

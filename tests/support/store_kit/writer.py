"""A process that edits for ever and says each operation it was told is saved; tests kill it.

Run as ``python -m store_kit.writer DATABASE NAME``; prints one operation id per acknowledged edit.
"""

from __future__ import annotations

import sys

from annotator.annotations import LabelledSpan
from annotator.operations import Change, Operation
from annotator.store import open_store
from store_kit.edits import PROJECT, TEXT


def main(database: str, name: str) -> None:
    """Set and move spans, two changes per edit, until killed."""
    store = open_store(database)
    known = store.state(PROJECT, "a", "ana").spans
    n = len(store.history(PROJECT, "a", "ana", limit=None))
    while True:
        key, start = f"{name}-{n % 7}", n % 90
        before = known[key].to_record() if key in known else None
        span = LabelledSpan(start, start + 4, TEXT[start : start + 4], "loaded", note=f"{name} {n}")
        changes = (Change("span", key, before, span.to_record()),)
        operation = Operation(f"{name}-{n}", "a", "ana", "label", changes)
        (applied,) = store.apply(PROJECT, [operation])
        if applied.outcome == "applied":
            known = {**known, key: span}
            print(operation.id, flush=True)
        n += 1


if __name__ == "__main__":
    main(*sys.argv[1:])

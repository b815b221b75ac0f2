"""Notes about ranges in work, so that one whose process died is taken up with care, and not for ever.

They lie beside the parts, where every machine finds them: an engine that restarts processes by itself does not tell
which article the dead one had in hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from annotator.errors import ClassifierError
from annotator.scale.local import CAREFUL_AFTER, MOST_DEATHS
from annotator.workflows.part_store import PartStore


@dataclass(slots=True)
class Attempt:
    """One try at a range.

    Attributes:
        deaths: Processes that died over the range before.
        document: Position of the article in hand; ``None`` when they are scored together.
        given_up: Position → why the article must not be tried again.
    """

    deaths: int = 0
    document: int | None = None
    given_up: dict[int, str] = field(default_factory=dict)

    @property
    def is_careful(self) -> bool:
        """Whether each article has to be noted before it is scored."""
        return self.deaths >= CAREFUL_AFTER


@contextmanager
def attempt(number: int, notes: PartStore) -> Iterator[Attempt]:
    """Yield what is known of earlier tries at a range, and note this one until it has ended.

    Args:
        number: Of the range.
        notes: Where notes are kept; :func:`note_document` adds to this one's.

    Raises:
        ClassifierError: If too many processes died over the range and no article is to blame.
    """
    now = _after(number, notes)
    _write(number, notes, now)
    yield now
    notes.delete(_name(number))


def note_document(number: int, notes: PartStore, now: Attempt, position: int) -> None:
    """Note which article is in hand, to be blamed if the process dies."""
    now.document = position
    _write(number, notes, now)


def _after(number: int, notes: PartStore) -> Attempt:
    if not notes.exists(_name(number)):
        return Attempt()
    last = json.loads(notes.read(_name(number)))
    given_up = {int(position): reason for position, reason in last["given_up"].items()}
    if last["document"] is not None:
        given_up[last["document"]] = "the worker died while scoring it."
    elif last["deaths"] + 1 >= MOST_DEATHS:
        raise ClassifierError(
            f"Cannot score part {number}: {MOST_DEATHS} workers died of it. Is there too little memory? Try fewer "
            "workers on each machine."
        )
    return Attempt(last["deaths"] + 1, None, given_up)


def _write(number: int, notes: PartStore, now: Attempt) -> None:
    notes.write(_name(number), json.dumps(asdict(now)).encode())


def _name(number: int) -> str:
    return f"attempt-{number:06d}.json"

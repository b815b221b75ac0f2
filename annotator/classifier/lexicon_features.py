"""The lexicon as evidence for the model: more candidates, and features of the ones it has.

The network knows words by what they usually mean; a lexicon knows phrases the network has hardly ever seen. Matches
of the lexicon in the model's folder become candidates where the network has none, and features of the probability
everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotator.classifier.decoding import Candidate, Floats, mean
from annotator.classifier.encoding import EncodedText
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.windows import Ints

SAME_PLACE = 1 / 3
"""A match speaks about a span when they share at least this part of what both cover together."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Matches in one text, in order and without overlap: offsets of shape (M, 2) in code points, device columns and
    probabilities of shape (M,)."""

    spans: Ints
    device: Ints
    probability: Floats


class LexiconFeatures:
    """Finds the phrases of a lexicon, with devices as columns of the model.

    Args:
        lexicon: Loaded for the model's codebook.
        devices: Device ids in the order of the model's columns.
    """

    def __init__(self, lexicon: LexiconSuggester, devices: Sequence[str]) -> None:
        self.lexicon = lexicon
        self._column = {device: column for column, device in enumerate(devices)}

    def find(self, text: str) -> Listed:
        """Return what the list has to say about one text."""
        found = [m for m in self.lexicon.matches(text) if m.entry.device in self._column]
        return Listed(
            np.array([(m.span.start, m.span.end) for m in found], np.int64).reshape(-1, 2),
            np.array([self._column[m.entry.device] for m in found], np.int64),
            np.array([m.entry.probability for m in found], np.float32),
        )


def new_candidates(
    listed: Listed, section: EncodedText, probability: Floats, known: Sequence[Candidate]
) -> list[Candidate]:
    """Return the matches inside one section that overlap no known candidate, as candidates.

    Args:
        probability: shape (units,); the network's, for the scores of what it overlooked.
        known: The network's own candidates in this section.
    """
    if not len(listed.spans) or not len(section):
        return []
    unit_starts, unit_ends = section.starts[section.unit_starts[:-1]], section.ends[section.unit_starts[1:] - 1]
    taken = np.zeros(len(unit_starts), bool)
    for candidate in known:
        taken[candidate.start : candidate.end] = True
    firsts = np.searchsorted(unit_ends, listed.spans[:, 0], side="right").tolist()
    lasts = np.searchsorted(unit_starts, listed.spans[:, 1], side="left").tolist()
    found = []
    for first, last in zip(firsts, lasts, strict=True):
        if first < last and not taken[first:last].any():
            inside = probability[first:last]
            found.append(Candidate(first, last, float(inside.max()), mean(inside)))
    return found


def support(spans: Ints, listed: Listed, devices: int) -> Floats:
    """Return what the list says about each span, shape (N, devices): a probability, 0 where it is silent."""
    says = np.zeros((len(spans), devices), np.float32)
    # Matches are in order and do not overlap, so those that share something with a span are neighbours.
    first = np.searchsorted(listed.spans[:, 1], spans[:, 0], side="right")
    count = np.maximum(np.searchsorted(listed.spans[:, 0], spans[:, 1], side="left") - first, 0)
    row = np.repeat(np.arange(len(spans)), count)
    match = np.arange(len(row)) + np.repeat(first - np.cumsum(count) + count, count)
    one, other = spans[row], listed.spans[match]
    shared = np.minimum(one[:, 1], other[:, 1]) - np.maximum(one[:, 0], other[:, 0])
    whole = np.maximum(one[:, 1], other[:, 1]) - np.minimum(one[:, 0], other[:, 0])
    same = shared >= SAME_PLACE * whole
    row, match = row[same], match[same]
    np.maximum.at(says, (row, listed.device[match]), listed.probability[match])
    return says

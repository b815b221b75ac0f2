"""Hold back a dev part of the labelled articles, on which a training is judged and calibrated."""

from __future__ import annotations

import random
from collections import defaultdict

from annotator.errors import ClassifierError
from annotator.workflows.train_material import Example, Material

ATTEMPTS = 50


def split(material: Material, *, share: float, seed: int) -> tuple[list[Example], list[Example], str]:
    """Hold back a dev part, whole events together; articles without an event stand for themselves.

    Args:
        share: Part of the articles to hold back.
        seed: Same seed, same articles: same parts.

    Returns:
        Examples to learn from; one example for each article of the dev part, the one that counts most; and how
        it was split, for people.

    Raises:
        ClassifierError: If no part has both articles and spans enough.
    """
    articles = material.articles()
    for how in ("event", "document"):
        groups: dict[str, list[tuple[Example, ...]]] = defaultdict(list)
        for examples in articles:
            event = next((e.document.event for e in examples if e.document.event), None)
            groups[(how == "event" and event) or examples[0].document.text_sha256].append(examples)
        dev = _held_back(groups, share=share, seed=seed)
        if dev is not None:
            learnt = [example for key, group in groups.items() if key not in dev for one in group for example in one]
            by_event = how == "event" and len(groups) < len(articles)
            return learnt, [one[0] for key in groups if key in dev for one in groups[key]], "event" if by_event else how
    raise ClassifierError(
        "Cannot hold back a dev part: almost all spans stand in a few articles. Label more articles, or raise the "
        "share with --dev-share."
    )


def _held_back(groups: dict[str, list[tuple[Example, ...]]], *, share: float, seed: int) -> set[str] | None:
    """Return groups that make up about ``share`` of articles and not much less of the spans, or ``None``."""
    count = sum(map(len, groups.values()))
    spans = {key: sum(len(one[0].annotation.spans) for one in group) for key, group in groups.items()}
    total = sum(spans.values())
    wanted = max(1, round(share * count))
    for attempt in range(ATTEMPTS):
        order = sorted(groups)
        random.Random(f"{seed} {attempt}").shuffle(order)  # noqa: S311
        dev: set[str] = set()
        held = 0
        for key in order:
            if held + len(groups[key]) <= wanted:
                dev.add(key)
                held += len(groups[key])
        inside = sum(spans[key] for key in dev)
        if held >= 0.75 * wanted and 0.5 * share * total <= inside <= 2 * share * total:
            return dev
    return None

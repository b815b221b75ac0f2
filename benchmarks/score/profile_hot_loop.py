"""Where the time of scoring goes: milliseconds of processor time per article in each stage, and its share.

    python -m benchmarks.score.profile_hot_loop --data fa_kes.jsonl --backend openvino --output results/hot_loop.json

Every stage is charged what is spent in it and not in the stages it calls. The articles before the measured ones are
scored first, so that what scoring remembers of words is as full as in a long run.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any

from annotator.classifier import interpreting, lexicon, lexicon_features, reading
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.heads import Heads
from annotator.classifier.interpreting import Interpreter
from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.lexicon_features import LexiconFeatures
from annotator.classifier.window_encoder import WindowEncoder
from annotator.codebook_file import load_codebook
from annotator.documents import Document
from annotator.formats import Article
from annotator.resources import default_codebook_path
from annotator.workflows import score as scoring
from annotator.workflows.score_output import write_jsonl

ENCODER = "encoder"
OTHER = "everything else"
STAGES: dict[str, tuple[tuple[object, str], ...]] = {
    "tokens, sentences, windows": ((TextEncoder, "encode_sections"),),
    "padding and joining": ((WindowEncoder, "vectors"),),
    "heads": tuple((Heads, name) for name in ("token_probability", "span_logits", "article_logits")),
    "decoding": ((reading.Reader, "_candidates"), (reading._SpanPart, "trimmed")),
    "lexicon": ((LexiconFeatures, "find"), (LexiconSuggester, "matches"), (lexicon_features, "support")),
    "rules of voice": ((interpreting, "propose_voice"), (lexicon, "propose_voice")),
    "rules of target": ((interpreting, "propose_target"), (lexicon, "propose_target")),
    "reading, rest": ((reading.Reader, "_read_several"),),
    "interpreting, rest": ((Interpreter, "suggestions"),),
    "record": ((scoring, "scored_record"), (scoring, "without_overlaps")),
    "JSON": ((json, "dumps"),),
}


class Stages:
    """Charges processor time to the innermost stage that runs."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget what was charged; from now on all goes to what no stage takes."""
        self.spent: dict[str, float] = defaultdict(float)
        self._running = [OTHER]
        self._since = time.process_time()

    def switch(self, stage: str | None) -> None:
        """Enter a stage, or with ``None`` leave the innermost one."""
        now = time.process_time()
        self.spent[self._running[-1]] += now - self._since
        self._since = now
        if stage is None:
            self._running.pop()
        else:
            self._running.append(stage)

    def watch(self, owner: object, name: str, stage: str) -> None:
        """Charge every call of ``owner.name`` to ``stage``."""
        function: Callable[..., Any] = getattr(owner, name)

        @wraps(function)
        def watched(*args: Any, **options: Any) -> Any:
            self.switch(stage)
            try:
                return function(*args, **options)
            finally:
                self.switch(None)

        setattr(owner, name, watched)

    def watch_stream(self, owner: object, name: str, stage: str) -> None:
        """The same for a function that yields."""
        function: Callable[..., Iterator[Any]] = getattr(owner, name)

        @wraps(function)
        def watched(*args: Any, **options: Any) -> Iterator[Any]:
            stream = function(*args, **options)
            while True:
                self.switch(stage)
                try:
                    found = next(stream)
                except StopIteration:
                    return
                finally:
                    self.switch(None)
                yield found

        setattr(owner, name, watched)


def measure(documents: list[Document], *, warm: int, backend: str) -> dict[str, Any]:
    """Score ``documents`` on one thread; return milliseconds per article by stage for all but the first ``warm``."""
    suggesters = scoring.load_suggesters("both", load_codebook(default_codebook_path()), backend=backend, threads=1)
    model: Any = suggesters[0]
    write_jsonl(scoring.score(map(Article, documents[:warm]), suggesters), io.BytesIO())
    stages = Stages()
    for stage, places in STAGES.items():
        for owner, name in places:
            if hasattr(owner, name):
                stages.watch(owner, name, stage)
    stages.watch_stream(type(model._reader._windows._backend), "encode", ENCODER)
    tokens = model.tokens_read
    gc.collect()
    stages.restart()
    write_jsonl(scoring.score(map(Article, documents[warm:]), suggesters), io.BytesIO())
    stages.switch(OTHER)
    count = len(documents) - warm
    total = sum(stages.spent.values())
    by_cost = sorted(stages.spent.items(), key=lambda item: -item[1])
    return {
        "backend": model.backend,
        "articles": count,
        "words per article": round(sum(len(d.text.split()) for d in documents[warm:]) / count, 1),
        "tokens per article": round((model.tokens_read - tokens) / count, 1),
        "ms per article": {name: round(1000 * spent / count, 3) for name, spent in by_cost},
        "share": {name: round(spent / total, 4) for name, spent in by_cost},
        "share without encoder": round(1 - stages.spent[ENCODER] / total, 4),
        "ms without encoder per 600 words": round(
            600_000 * (total - stages.spent[ENCODER]) / sum(len(d.text.split()) for d in documents[warm:]), 2
        ),
    }


def main() -> None:
    """Measure and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="articles as JSON lines")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--warm", type=int, default=200, help="articles scored before, unmeasured")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    with given.data.open(encoding="utf-8") as lines:
        records = map(json.loads, islice(lines, given.warm + given.articles))
        documents = [Document(str(record["id"]), record["text"]) for record in records]
    found = json.dumps(measure(documents, warm=given.warm, backend=given.backend), indent=1)
    print(found)
    if given.output:
        given.output.write_text(found + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

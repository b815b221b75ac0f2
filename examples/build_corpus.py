"""Make ``corpus.jsonl`` from the readable sources: ``articles/*.txt`` and ``annotations/*.yaml``.

The sources name spans by quote, so that an article can be edited without counting characters; this script finds the
offsets, checks every label against the codebook, and writes one record of the annotated-corpus contract per article.

Run it from anywhere after editing a source::

    python examples/build_corpus.py            # write corpus.jsonl
    python examples/build_corpus.py --check    # only say whether corpus.jsonl is up to date
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from annotator.annotations import Annotation, LabelledSpan
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.errors import AnnotatorError, FormatError
from annotator.resources import default_codebook_path

EXAMPLES = Path(__file__).resolve().parent
CORPUS = EXAMPLES / "corpus.jsonl"


def build(folder: Path = EXAMPLES) -> str:
    """Return the whole corpus as JSON lines, articles in file-name order.

    Raises:
        AnnotatorError: If a source is missing, a quote is not in its article, or a label is not in the codebook.
    """
    codebook = load_codebook(default_codebook_path())
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in _records(folder, codebook))


def _records(folder: Path, codebook: Codebook) -> Iterator[dict[str, Any]]:
    articles = sorted((folder / "articles").glob("*.txt"))
    sources = {path.stem: path for path in (folder / "annotations").glob("*.yaml")}
    lonely = {path.stem for path in articles} ^ sources.keys()
    if lonely:
        raise FormatError(f"Every article needs articles/ID.txt and annotations/ID.yaml; one is missing for: {lonely}.")
    for path in articles:
        # newline="" keeps line ends as they are, so that offsets are those of the file.
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        source = yaml.safe_load(sources[path.stem].read_text(encoding="utf-8"))
        annotations = [_annotation(entry, text, where=sources[path.stem].name) for entry in source["annotations"]]
        for annotation in annotations:
            annotation.check(text, codebook)
        yield {
            "id": path.stem,
            **{key: source[key] for key in ("outlet", "title", "published", "url", "event")},
            "text": text,
            "offset_unit": "codepoint",
            "codebook": codebook.ref,
            "annotations": [_annotation_record(annotation) for annotation in annotations],
        }


def _annotation(entry: Mapping[str, Any], text: str, *, where: str) -> Annotation:
    spans = [_span(span, text, where=f"{where}, {entry['annotator']}") for span in entry["spans"]]
    spans.sort(key=lambda span: (span.start, span.end, span.device))
    return Annotation(entry["annotator"], entry["status"], tuple(entry["frames"]), tuple(spans))


def _span(entry: Mapping[str, Any], text: str, *, where: str) -> LabelledSpan:
    """Return the span for the wanted occurrence of its quote (the first, unless ``occurrence`` says another)."""
    quote, start = entry["quote"], -1
    for _ in range(entry.get("occurrence", 1)):
        start = text.find(quote, start + 1)
        if start < 0:
            raise FormatError(
                f"{where}: the article does not have '{quote}' {entry.get('occurrence', 1)} time(s). "
                "Copy the quote from the article, quotation marks and accents included."
            )
    return LabelledSpan.from_record({**entry, "start": start, "end": start + len(quote)})


def _annotation_record(annotation: Annotation) -> dict[str, Any]:
    return {
        "annotator": annotation.annotator,
        "status": annotation.status,
        "frames": list(annotation.frames),
        "spans": [span.to_record() for span in annotation.spans],
    }


def main(arguments: list[str]) -> int:
    """Write the corpus, or with ``--check`` compare it; return the exit code."""
    try:
        built = build()
    except AnnotatorError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if "--check" in arguments:
        fresh = CORPUS.exists() and CORPUS.read_bytes() == built.encode("utf-8")
        print("corpus.jsonl is up to date" if fresh else "corpus.jsonl is stale: run python examples/build_corpus.py")
        return 0 if fresh else 1
    CORPUS.write_bytes(built.encode("utf-8"))
    print(f"Wrote {CORPUS.name}: {built.count(chr(10))} articles")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

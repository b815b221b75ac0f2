"""The documentation keeps up with the tool: its links, commands, records and messages are real."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from annotator.cli import COMMANDS, main
from annotator.codebook import Codebook
from annotator.formats import ReadOptions
from annotator.formats.records import article_from_record

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "examples").glob("*.md")])
OPTION_WITHOUT_VALUE = {"--help"}


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def code_blocks(page: Path, language: str) -> Iterator[str]:
    yield from re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def documented_commands() -> Iterator[tuple[str, str]]:
    """Every complete ``annotator …`` line of a shell block, and inline ones; those with "…" are only named."""
    for page in PAGES:
        lines = [line for block in code_blocks(page, "sh") for line in block.splitlines()]
        lines += re.findall(r"`(annotator [^`\n]+)`", page.read_text(encoding="utf-8"))
        for line in lines:
            bare = line.partition("  #")[0].strip().removeprefix(".venv/bin/")
            if bare.startswith("annotator ") and "…" not in bare:
                yield name_of(page), bare


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(("page", "line"), sorted(set(documented_commands())), ids=lambda value: value)
def test_documented_command_is_understood(page: str, line: str) -> None:
    """The command and all its options exist; nothing is run."""
    words = shlex.split(line)[1:]
    if words[0].startswith("-") or words[0].isupper():
        return
    assert words[0] in COMMANDS, f"{page} names 'annotator {words[0]}'"
    context = click.Context(main)
    command = main.get_command(context, words.pop(0))
    while isinstance(command, click.Group) and words:
        command = command.get_command(context, words.pop(0))
    assert command is not None, f"{page}: {line}"
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    asked = {word for word in words if word.startswith("-") and word != "-"}
    assert asked <= options | OPTION_WITHOUT_VALUE, f"{page}: {line}"


def records() -> Iterator[Any]:
    for block in code_blocks(REPOSITORY / "docs" / "data-model.md", "json"):
        yield json.loads(block)


def test_annotated_corpus_of_the_data_model_can_be_imported(codebook: Codebook) -> None:
    samples = [record for record in records() if "annotations" in record]
    assert len(samples) == 1
    article = article_from_record(samples[0], name="data-model.md", line=1, options=ReadOptions(codebook=codebook))
    assert article.warnings == ()
    assert [span.quote for span in article.annotations[0].spans] == ["Brazen Act of Water Aggression"]


def test_scored_article_of_the_data_model_fits_its_article() -> None:
    sample = next(record for record in records() if "summary" in record)
    text = (REPOSITORY / "examples" / "articles" / sample["id"]).read_text(encoding="utf-8")
    assert sample["spans"]
    for span in sample["spans"]:
        assert text[span["start"] : span["end"]] == span["quote"]


def test_every_table_is_described() -> None:
    from annotator.store.schema import metadata

    page = (REPOSITORY / "docs" / "data-model.md").read_text(encoding="utf-8")
    assert [name for name in metadata.tables if f"`{name}`" not in page] == []


def spoken_strings() -> Iterator[str]:
    """Everything the tool can say: Python strings whole, f-strings with "…" for values, other sources as they are."""
    for path in sorted((REPOSITORY / "annotator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in [*sorted((REPOSITORY / "annotator").rglob("*.js")), REPOSITORY / "Makefile"]:
        yield path.read_text(encoding="utf-8")


def test_messages_of_troubleshooting_stand_in_the_code() -> None:
    """Of each message in a table, the longest piece between values ("…", numbers, quotes) is said somewhere."""
    said = "\n".join(spoken_strings())
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)
    pieces = {message: max(re.split(r"…|'[^']*'|\d[\d.]*", message), key=len).strip() for message in messages}
    assert len(pieces) > 30
    assert [message for message, piece in pieces.items() if piece not in said] == []

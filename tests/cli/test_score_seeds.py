"""The three real articles beside the checkout: what the model, and what the lexicon, must find in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from annotator.cli import main


@pytest.fixture(scope="module")
def scored(shared: Path) -> dict[str, dict[str, Any]]:
    """Seed number → record, by suggester."""
    paths = sorted(str(path) for path in (shared / "seeds").glob("*.txt"))
    found: dict[str, dict[str, Any]] = {}
    for suggester in ("model", "lexicon", "both"):
        result = CliRunner().invoke(main, ["score", *paths, "--format", "jsonl", "--suggester", suggester])
        assert result.exit_code == 0, result.stderr
        records = [json.loads(line) for line in result.stdout.splitlines()]
        found[suggester] = {record["id"][:3]: record for record in records}
    return found


def _over(record: dict[str, Any], text: str, phrase: str) -> list[dict[str, Any]]:
    start = text.index(phrase)
    return [s for s in record["spans"] if s["start"] < start + len(phrase) and start < s["end"]]


def _text(shared: Path, seed: str) -> str:
    return next((shared / "seeds").glob(f"{seed}*.txt")).read_bytes().decode("utf-8")


@pytest.mark.parametrize(
    ("suggester", "seed", "phrase", "voice"),
    [
        ("both", "002", "illicit American bases", "own"),
        ("both", "002", "stolen Syrian oil", "own"),
        ("both", "003", "the Russian and regime forces", "quoted"),
        ("lexicon", "002", "illicit American bases", "own"),
        ("lexicon", "002", "stolen Syrian oil", "own"),
        ("model", "003", "the Russian and regime forces", "quoted"),
    ],
    ids=lambda value: value.replace(" ", "-"),
)
def test_seed_phrases_are_found_with_their_voice(
    shared: Path, scored: dict[str, dict[str, Any]], suggester: str, seed: str, phrase: str, voice: str
) -> None:
    spans = _over(scored[suggester][seed], _text(shared, seed), phrase)
    assert spans
    assert {span["voice"] for span in spans} == {voice}


def test_first_frame_is_golds_first_in_two_of_three_seeds(shared: Path, scored: dict[str, dict[str, Any]]) -> None:
    gold = [json.loads(line) for line in (shared / "seeds" / "gold.jsonl").read_text("utf-8").splitlines()]
    agreeing = 0
    for row in gold:
        frames = scored["model"][row["id"][:3]]["frames"]
        agreeing += bool(frames) and frames[0]["label"] == row["gold"]["frames"][0]
    assert agreeing >= 2

"""``annotator codebook check``: one sentence when it is sound, one message when it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.cli import main


@pytest.mark.parametrize("path", ["labels/news-framing", "labels/news-framing/codebook.yaml"])
def test_shipped_codebook_is_sound(repository: Path, path: str) -> None:
    result = CliRunner().invoke(main, ["codebook", "check", str(repository / path)])
    assert result.exit_code == 0
    assert result.stdout == "news-framing@1 is sound: 7 devices, 14 frames, 3 voices, 3 polarities.\n"


def test_counts_as_json(repository: Path) -> None:
    result = CliRunner().invoke(main, ["codebook", "check", str(repository / "labels" / "news-framing"), "--json"])
    record = json.loads(result.stdout)
    assert (record["codebook"], record["devices"], record["polarities"]) == ("news-framing@1", 7, 3)
    assert "ptc-14" in record["crosswalks"]


def test_broken_codebook_is_one_message_with_file_and_line(repository: Path, tmp_path: Path) -> None:
    source = (repository / "labels" / "news-framing" / "codebook.yaml").read_text(encoding="utf-8")
    path = tmp_path / "codebook.yaml"
    path.write_text(source.replace("version: 1", "version: one", 1), encoding="utf-8")
    result = CliRunner().invoke(main, ["codebook", "check", str(path)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {path}, line ")
    assert "one" in result.stderr


def test_missing_file_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["codebook", "check", "no-such-file.yaml"]).exit_code == 2

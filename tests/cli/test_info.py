"""``annotator info``: versions, paths, what is shipped and installed, without loading any of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator import __version__
from annotator.cli import main


def facts(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(main, ["info", "--json", *arguments])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_info_names_versions_and_the_database(tmp_path: Path) -> None:
    found = facts("--db", str(tmp_path / "a.db"))
    assert found["annotator"] == __version__
    assert found["database"] == {
        "kind": "sqlite",
        "path": str(tmp_path / "a.db"),
        "exists": False,
        "bytes": None,
    }
    assert not (tmp_path / "a.db").exists()


def test_password_of_a_database_is_not_shown() -> None:
    result = CliRunner().invoke(main, ["info", "--db", "postgresql://ana:s3cret@db.example.org/x"])
    assert "s3cret" not in result.output
    assert "Database: postgresql://…@db.example.org/x" in result.stdout


def test_shipped_codebook_has_its_hash(repository: Path) -> None:
    file = repository / "labels" / "news-framing" / "codebook.yaml"
    (codebook,) = [one for one in facts()["codebooks"] if one["ref"].startswith("news-framing@")]  # type: ignore[attr-defined]
    assert codebook["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_models_and_broken_codebooks_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "models" / "tiny"
    model.mkdir(parents=True)
    (model / "config.json").write_text('{"release": "tiny@1", "codebook": "news-framing@1"}')
    (model / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "models" / "other").mkdir()
    broken = tmp_path / "labels" / "broken"
    broken.mkdir(parents=True)
    (broken / "codebook.yaml").write_text("format: 9\n")
    monkeypatch.setattr("annotator.resources._PLACES", (tmp_path,))
    found = facts()
    assert found["models"] == [
        {
            "ref": "tiny@1",
            "codebook": "news-framing@1",
            "path": str(model),
            "weights": [{"name": "model.safetensors", "bytes": 7, "sha256": hashlib.sha256(b"weights").hexdigest()}],
        }
    ]
    assert "error" in found["codebooks"][0]  # type: ignore[index]
    lines = CliRunner().invoke(main, ["info"]).stdout
    assert "Model: tiny@1 for news-framing@1" in lines
    assert "Codebook: broken (" in lines


def test_missing_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "streamlit":
            raise metadata.PackageNotFoundError
        return "1.0"

    monkeypatch.setattr(
        metadata, "requires", lambda _: ["click>=8", "torch>=2; extra == 'model'", 'streamlit; extra == "ui"']
    )
    monkeypatch.setattr(metadata, "version", version)
    result = CliRunner().invoke(main, ["info"])
    assert "Extra model: installed" in result.stdout
    assert "Extra ui: missing streamlit: pip install 'framing-annotator[ui]'" in result.stdout


def test_info_loads_nothing_heavy() -> None:
    program = (
        "import sys; from annotator.cli import main\n"
        "try: main(['info'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'streamlit', 'sqlalchemy', 'pyarrow', 'trafilatura', 'numpy', 'datasets'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"

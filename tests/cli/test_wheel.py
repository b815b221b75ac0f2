"""The built package works without the checkout: everything it needs at run time is inside the wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NEEDED = ("annotator", "labels", "models", "examples", ".streamlit", "app.py", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def installed(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked into it, as pip would install it."""
    source = tmp_path_factory.mktemp("source")
    for name in NEEDED:
        origin = repository / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, source / name)
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(target), str(source)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(source)
    return target


def annotator(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "ANNOTATOR_DB": str(cwd / "a.db")}
    return subprocess.run(
        [sys.executable, "-m", "annotator", *words], cwd=cwd, env=environment, capture_output=True, text=True
    )


def test_installed_package_brings_its_data(installed: Path, tmp_path: Path) -> None:
    program = "import annotator, annotator.resources as r; print(annotator.__file__, r.default_codebook_path())"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert [Path(p).is_relative_to(installed) for p in done.stdout.split()] == [True, True], done.stderr
    data = installed / "annotator" / "_data"
    assert {path.name for path in data.iterdir()} >= {"app.py", "labels", "models", "examples", ".streamlit"}


def test_installed_package_scores_and_loads_the_demo(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("They defend the illicit bases.", encoding="utf-8")
    scored = annotator(installed, tmp_path, "score", "a.txt", "--suggester", "lexicon")
    assert json.loads(scored.stdout)["spans"][0]["device"] == "presupposed_judgement", scored.stderr
    loaded = annotator(installed, tmp_path, "demo", "--load-only")
    assert loaded.returncode == 0, loaded.stderr
    assert "12 articles" in loaded.stderr

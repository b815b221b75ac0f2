"""``annotator info``: versions, paths and what is installed."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sqlite3
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from annotator import __version__
from annotator.errors import AnnotatorError

DISTRIBUTION = "framing-annotator"
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@click.command("info")
@click.option("--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database.  [default: your own]")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(db: str | None, as_json: bool) -> None:
    """Show versions, the database in use, the shipped codebooks and models, and which extras are installed.

    Nothing is loaded or changed: no model, no database.

    \b
    Example:
        annotator info --json
    """
    from annotator.store import default_database

    facts = {
        "annotator": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "database": _database(db or str(default_database())),
        "codebooks": _codebooks(),
        "models": _models(),
        "extras": _extras(),
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for line in _lines(facts):
        click.echo(line)


def _database(place: str) -> dict[str, Any]:
    if "://" in place:
        # The address may hold a password.
        return {"kind": place.partition("://")[0], "address": re.sub(r"//[^@/]*@", "//…@", place)}
    path = Path(place)
    exists = path.exists()
    return {"kind": "sqlite", "path": place, "exists": exists, "bytes": path.stat().st_size if exists else None}


def _codebooks() -> list[dict[str, Any]]:
    from annotator.codebook_file import load_codebook

    found: list[dict[str, Any]] = []
    for folder in _folders("labels"):
        file = folder / "codebook.yaml"
        if not file.is_file():
            continue
        try:
            ref = load_codebook(file).ref
        except AnnotatorError as error:
            found.append({"path": str(file), "error": str(error)})
            continue
        found.append({"ref": ref, "path": str(file), "bytes": file.stat().st_size, "sha256": _sha256(file)})
    return found


def _models() -> list[dict[str, Any]]:
    found = []
    for folder in _folders("models"):
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        weights = [
            {"name": file.name, "bytes": file.stat().st_size, "sha256": _sha256(file)}
            for file in sorted(folder.glob("*.safetensors"))
        ]
        known = {"ref": config.get("release") or folder.name, "codebook": config.get("codebook")}
        found.append({**known, "path": str(folder), "weights": weights})
    return found


def _folders(kind: str) -> list[Path]:
    from annotator.resources import resource

    try:
        return sorted(path for path in resource(kind).iterdir() if path.is_dir())
    except AnnotatorError:
        return []


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _extras() -> dict[str, dict[str, Any]]:
    """Return each extra of this distribution with the version of its packages, ``None`` where one is missing."""
    try:
        requirements = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    extras: dict[str, dict[str, Any]] = {}
    for requirement in requirements:
        extra, name = _EXTRA.search(requirement), _NAME.match(requirement)
        if extra is None or name is None or name.group() == DISTRIBUTION or extra.group(1) == "test":
            continue
        packages = extras.setdefault(extra.group(1), {"installed": True, "packages": {}})
        version = _version(name.group())
        packages["packages"][name.group()] = version
        packages["installed"] = packages["installed"] and version is not None
    return extras


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _lines(facts: dict[str, Any]) -> list[str]:
    database = facts["database"]
    place = database.get("path") or database["address"]
    size = "" if database.get("bytes") is None else f", {database['bytes']:,} bytes"
    state = "" if database.get("exists", True) else " (not made yet)"
    lines = [f"annotator {facts['annotator']}, Python {facts['python']}, SQLite {facts['sqlite']}"]
    lines.append(f"Database: {place}{state}{size}")
    for codebook in facts["codebooks"]:
        hashed = codebook["sha256"][:12] if "ref" in codebook else codebook["error"]
        lines.append(f"Codebook: {codebook.get('ref', 'broken')} ({hashed}) in {codebook['path']}")
    for model in facts["models"]:
        weights = ", ".join(f"{file['bytes'] / 1e6:.1f} MB, {file['sha256'][:12]}" for file in model["weights"])
        lines.append(f"Model: {model['ref']} for {model['codebook']} ({weights or 'no weights'}) in {model['path']}")
    if not facts["models"]:
        lines.append("Model: none; annotator score works with --suggester lexicon")
    for name, extra in facts["extras"].items():
        missing = [package for package, version in extra["packages"].items() if version is None]
        remedy = f"missing {', '.join(missing)}: pip install '{DISTRIBUTION}[{name}]'" if missing else "installed"
        lines.append(f"Extra {name}: {remedy}")
    return lines

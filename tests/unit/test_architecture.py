"""The dependency direction of CONTRIBUTING.md, kept by reading every import statement."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "annotator"
CORE, EDGE, WORKFLOW, FRONT = 1, 2, 3, 4
LAYER = {
    "__init__": 0,
    "errors": 0,
    "resources": CORE,
    "documents": CORE,
    "spans": CORE,
    "segments": CORE,
    "codebook": CORE,
    "codebook_file": CORE,
    "yaml_nodes": CORE,
    "patterns": CORE,
    "remembering": CORE,
    "lexicon_file": CORE,
    "annotations": CORE,
    "operations": CORE,
    "anchoring": CORE,
    "evaluation": CORE,
    "metrics": CORE,
    "resampling": CORE,
    "scored": CORE,
    "schemes": CORE,
    "store": EDGE,
    "formats": EDGE,
    "classifier": EDGE,
    "workflows": WORKFLOW,
    "cli": FRONT,
    "ui": FRONT,
    "scale": FRONT,
    "__main__": FRONT + 1,
}
MAY_LAUNCH = {("cli", "ui"), ("cli", "scale")}
"""``annotator ui`` and ``demo`` start the pages, ``score`` an engine; nothing else crosses between the fronts."""

PURE_MAY_IMPORT = {"numpy", "regex", "yaml"}
OWNER = {
    "torch": {"classifier"},
    "transformers": {"classifier"},
    "safetensors": {"classifier"},
    "sklearn": {"classifier"},
    "scipy": {"classifier"},
    "openvino": {"classifier"},
    "nncf": {"classifier"},
    "ray": {"scale"},
    "streamlit": {"ui"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "trafilatura": {"formats"},
    "click": {"cli"},
    "tqdm": {"cli"},
}


def module_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "annotator":
                yield from (f"annotator.{alias.name}" for alias in node.names)


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_imports_only_lower_layers(path: Path) -> None:
    me = module_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "annotator" or len(parts) == 1 or parts[1] == "__version__":
            continue
        other = parts[1]
        if other not in LAYER and me == "__init__":
            continue
        allowed = (
            other == me
            or me == "__init__"
            or LAYER[other] < LAYER[me]
            or LAYER[me] == LAYER[other] == CORE
            or (me, other) in MAY_LAUNCH
        )
        assert allowed, f"{path} imports annotator.{other}: layer {LAYER[me]} may not import layer {LAYER[other]}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_library_is_imported_only_by_its_owner(path: Path) -> None:
    me = module_of(path)
    for name in imports(path):
        library = name.split(".")[0]
        assert me in OWNER.get(library, {me}), f"{path} imports {library}, which only {OWNER[library]} may import"
        if LAYER.get(me) == CORE and library not in sys.stdlib_module_names and library != "annotator":
            assert library in PURE_MAY_IMPORT, f"{path} is core and imports {library}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_is_loaded_that_could_run_code(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    unsafe = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "marshal", "shelve"}
    assert not unsafe & {name.split(".")[0] for name in imports(path)}
    for call in ("weights_only=False", "trust_remote_code=True", "torch.load(", "yaml.load(", "allow_pickle=True"):
        assert call not in source, f"{path}: {call}"


def test_every_module_has_a_layer() -> None:
    assert {module_of(path) for path in FILES} <= set(LAYER)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from annotator.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'streamlit', 'sqlalchemy', 'pyarrow', 'trafilatura', 'numpy', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "score" in done.stdout


def test_pytest_options_are_loaded(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getini("xfail_strict") is True
    assert "error" in pytestconfig.getini("filterwarnings")
    assert pytestconfig.option.strict_markers

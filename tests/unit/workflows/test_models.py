"""Model folders, activating and rolling back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_kit.corpus import Projects, harbour
from model_kit.folders import Silent, described_model

from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.resources import DEFAULT_MODEL
from annotator.store import data_folder, open_store
from annotator.store.base import Store
from annotator.workflows import models
from annotator.workflows.model_folders import check_name, labelled_by, read_card, read_metrics
from annotator.workflows.models import activate, active_model, history, list_models, models_folder, roll_back
from annotator.workflows.suggesters import load_available

SHIPPED = f"shipped/{DEFAULT_MODEL}"


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(":memory:")
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> str:
    return Projects(store).make([harbour()])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def every_model_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(codebook: Codebook, path: Path | None = None) -> Suggester:
        return Silent({})

    monkeypatch.setattr(models, "load_model", load)


def own(folder: Path, name: str) -> models.ModelInfo:
    return next(model for model in list_models(folder) if model.key == f"own/{name}")


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("/data/work/annotator.db", Path("/data/work/models")),
        ("sqlite:////data/work/annotator.db", Path("/data/work/models")),
        ("sqlite:///annotator.db", Path.cwd() / "models"),
    ],
)
def test_models_lie_beside_the_database(database: str, expected: Path) -> None:
    assert models_folder(database) == expected


@pytest.mark.parametrize("database", ["postgresql://ana:secret@db/framing", ":memory:", "sqlite://"])
def test_models_of_a_server_lie_in_the_users_data_folder(database: str) -> None:
    assert models_folder(database) == data_folder() / "models"


def test_list_begins_with_the_shipped_model(folder: Path) -> None:
    described_model(folder, "harbour", version="2")
    shipped, mine = list_models(folder)
    assert (shipped.key, shipped.is_shipped, shipped.error) == (SHIPPED, True, "")
    assert (mine.key, mine.release, mine.codebook, mine.size) == (
        "own/harbour",
        "harbour@2",
        "news-framing@1",
        2_000_000,
    )
    assert shipped.fingerprint != mine.fingerprint != ""


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda path: (path / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda path: (path / "config.json").unlink(), "config.json cannot be read"),
        (lambda path: (path / "config.json").write_text('{"model_type": "bert"}'), "does not describe a model"),
        (lambda path: (path / "config.json").write_bytes(b" " * 6_000_000), "larger than"),
        (lambda path: (path / "model.safetensors").unlink(), "model.safetensors is missing"),
    ],
    ids=["json", "none", "type", "size", "weights"],
)
def test_broken_folder_is_listed_with_its_error(folder: Path, break_it: object, said: str) -> None:
    break_it(described_model(folder, "harbour"))  # type: ignore[operator]
    assert said in own(folder, "harbour").error


def test_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = described_model(tmp_path / "elsewhere", "secret")
    folder.mkdir()
    (folder / "linked").symlink_to(elsewhere)
    found = own(folder, "linked")
    assert "it is a link" in found.error
    assert found.fingerprint == ""


def test_unfinished_and_hidden_folders_are_no_models(folder: Path) -> None:
    (folder / "half" / ".training").mkdir(parents=True)
    (folder / "empty").mkdir()
    described_model(folder, ".hidden")
    assert [model.key for model in list_models(folder)] == [SHIPPED]


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "-x", "ä", "a b", "a\n", "x" * 41, "a@1"])
def test_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ClassifierError, match="Cannot call a model"):
        check_name(name)


def test_shipped_model_is_active_until_another_is(store: Store, project: str, folder: Path) -> None:
    found = active_model(store.project(project), folder)
    assert found
    assert found.key == SHIPPED
    assert history(store.project(project)) == []


@pytest.mark.usefixtures("every_model_loads")
def test_activation_is_kept_with_who_and_when(store: Store, project: str, folder: Path) -> None:
    described_model(folder, "harbour")
    activate(store, project, own(folder, "harbour"), by="ana")
    found = active_model(store.project(project), folder)
    assert found
    assert found.release == "harbour@1"
    (entry,) = history(store.project(project))
    assert (entry.step, entry.by, entry.release, entry.fingerprint) == (
        "activated",
        "ana",
        "harbour@1",
        found.fingerprint,
    )
    assert entry.when.endswith("Z")


@pytest.mark.usefixtures("every_model_loads")
def test_rolling_back_goes_back_step_by_step(store: Store, project: str, folder: Path) -> None:
    for name in ("one", "two"):
        described_model(folder, name)
        activate(store, project, own(folder, name), by="ana")
    assert roll_back(store, project, folder, by="ben").key == "own/one"
    assert roll_back(store, project, folder, by="ben").key == SHIPPED
    found = active_model(store.project(project), folder)
    assert found
    assert found.key == SHIPPED
    assert [(e.step, e.by) for e in history(store.project(project))] == [
        ("activated", "ana"),
        ("activated", "ana"),
        ("rolled back", "ben"),
        ("rolled back", "ben"),
    ]
    with pytest.raises(ClassifierError, match="no other model was active before"):
        roll_back(store, project, folder, by="ben")


def test_model_that_cannot_be_loaded_is_not_activated(store: Store, project: str, folder: Path) -> None:
    described_model(folder, "harbour")
    with pytest.raises(ClassifierError):
        activate(store, project, own(folder, "harbour"), by="ana")
    assert history(store.project(project)) == []


def test_model_of_another_codebook_is_not_activated(store: Store, project: str, folder: Path) -> None:
    described_model(folder, "other", codebook="mine@3")
    with pytest.raises(ClassifierError, match="trained for codebook 'mine@3'"):
        activate(store, project, own(folder, "other"), by="ana")


@pytest.mark.usefixtures("every_model_loads")
def test_active_model_whose_folder_is_gone_says_so(store: Store, project: str, folder: Path) -> None:
    path = described_model(folder, "harbour")
    activate(store, project, own(folder, "harbour"), by="ana")
    path.rename(folder / "renamed")
    found = active_model(store.project(project), folder)
    assert found
    assert "The folder 'harbour' of the active model harbour@1 is gone" in found.error


@pytest.mark.parametrize("stored", [3, {"history": 3}, {"history": [None, {"key": 1}]}, {"history": [{"step": "x"}]}])
def test_nonsense_in_the_setting_is_passed_over(store: Store, project: str, folder: Path, stored: object) -> None:
    store.set_project_setting(project, "model", stored)
    assert history(store.project(project)) == []
    assert active_model(store.project(project), folder)


def test_key_that_points_elsewhere_finds_nothing(store: Store, project: str, folder: Path, tmp_path: Path) -> None:
    described_model(tmp_path, "outside")
    entry = {"key": "own/../outside", "release": "x@1", "fingerprint": "", "step": "activated", "by": "", "when": ""}
    store.set_project_setting(project, "model", {"history": [entry]})
    found = active_model(store.project(project), folder)
    assert found
    assert "is gone" in found.error


def test_broken_active_model_leaves_the_lexicon(codebook: Codebook, folder: Path) -> None:
    loaded = load_available(codebook, described_model(folder, "harbour"))
    assert [suggester.agent for suggester in loaded.suggesters] == ["lexicon"]
    assert "only the lexicon suggests. Activate another on the Model page" in loaded.notes[0]


def test_card_says_who_labelled() -> None:
    shipped = list_models(Path("nowhere"))[0]
    assert "by language-model annotators" in labelled_by(read_card(shipped))
    assert labelled_by("# A model\n\nFast and good.") == ""


def test_figures_that_are_no_object_are_an_error(folder: Path) -> None:
    path = described_model(folder, "harbour")
    assert read_metrics(own(folder, "harbour"))["model"]["documents"] == 20
    (path / "metrics.json").write_text(json.dumps([1]))
    with pytest.raises(ClassifierError, match=r"metrics\.json holds no object"):
        read_metrics(own(folder, "harbour"))
    (path / "metrics.json").unlink()
    assert read_metrics(own(folder, "harbour")) == {}

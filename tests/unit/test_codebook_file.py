"""Reading codebook files: what is read, and one message for each way a file can be broken."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.codebook import LINE_STYLES, Codebook
from annotator.codebook_file import RESERVED_KEYS, load_codebook, parse_codebook
from annotator.errors import CodebookError
from annotator.resources import default_codebook_path
from annotator.yaml_nodes import MAX_BYTES

SMALL = """\
format: 1
id: small
version: 3
title: A small codebook
devices:
  - id: praise
    name: Praise
    definition: Speaks well of somebody.
    code: PR
    key: "1"
    color: {light: "#2f6b2a", dark: "#8fd085"}
    examples:
      - {text: A fine plan., marked: fine plan}
  - id: blame
    name: Blame
    definition: Speaks ill of somebody.
    code: BL
    key: "2"
    color: {light: "#b3261e", dark: "#ff9486"}
    line: dashed
frames:
  - {id: Money, name: Money, definition: About money.}
polarities:
  - {id: "-", name: Against, definition: Against the target., key: "-"}
crosswalks:
  other: {praise: [Nice], blame: []}
"""

FRAMES = "frames:\n  - {id: Money, name: Money, definition: About money.}"
COMMENT = "\n      light: #2f6\n      dark: #8fd"
LABEL_SETS = ("device", "frame", "voice", "polarity")
PTC_14 = {
    *("Appeal_to_Authority", "Appeal_to_fear-prejudice", "Bandwagon,Reductio_ad_hitlerum", "Black-and-White_Fallacy"),
    *("Causal_Oversimplification", "Doubt", "Exaggeration,Minimisation", "Flag-Waving", "Loaded_Language"),
    *("Name_Calling,Labeling", "Repetition", "Slogans", "Thought-terminating_Cliches"),
    "Whataboutism,Straw_Men,Red_Herring",
}
SEMEVAL_2023_FRAMES = [
    *("Economic", "Capacity_and_resources", "Morality", "Fairness_and_equality"),
    *("Legality_Constitutionality_and_jurisprudence", "Policy_prescription_and_evaluation", "Crime_and_punishment"),
    *("Security_and_defense", "Health_and_safety", "Quality_of_life", "Cultural_identity", "Public_opinion"),
    *("Political", "External_regulation_and_reputation"),
]


@pytest.fixture(scope="module")
def shipped() -> Codebook:
    return load_codebook(default_codebook_path())


def broken(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


def test_parse_codebook_reads_every_key() -> None:
    codebook = parse_codebook(SMALL, name="small.yaml", guidelines="Read me.")
    assert codebook.ref == "small@3"
    assert codebook.ids("device") == ("praise", "blame")
    blame = codebook.label("device", "blame")
    assert (blame.code, blame.key, blame.line, blame.color_dark) == ("BL", "2", "dashed", "#ff9486")
    assert codebook.devices[0].examples[0].marked == "fine plan"
    assert codebook.ids("polarity") == ("-",)
    assert codebook.crosswalks == {"other": {"praise": ("Nice",), "blame": ()}}
    assert (codebook.guidelines, codebook.span_frames_max, codebook.article_frames_max) == ("Read me.", 2, 4)


BROKEN = {
    "syntax": (broken("id: small", "id: [small"), 3, "YAML that cannot be read"),
    "unquoted-dash": (broken("id: blame", "id: -"), 14, "YAML that cannot be read"),
    "empty": ("", 1, "found no content"),
    "not-a-mapping": ("- a\n- b\n", 1, "found a list as the codebook"),
    "two-documents": (SMALL + "---\nid: x\n", 27, "YAML that cannot be read"),
    "missing-key": (broken("title: A small codebook\n", ""), 1, "without 'title'"),
    "missing-label-key": (broken("    code: PR\n", ""), 6, "without 'code'"),
    "unknown-key": (broken("title:", "titel: x\ntitle:"), 4, "Did you mean 'title'?"),
    "unknown-label-key": (broken("    code: PR", "    code: PR\n    colour: red"), 10, "Did you mean 'color'?"),
    "version-float": (broken("version: 3", "version: 1.0"), 3, "'1.0' (a number) as version, expected a whole number"),
    "version-text": (broken("version: 3", 'version: "3"'), 3, "'3' (text) as version"),
    "version-zero": (broken("version: 3", "version: 0"), 3, "as version, expected a whole number from 1"),
    "version-octal": (broken("version: 3", "version: 010"), 3, "as version"),
    "format-newer": (broken("format: 1", "format: 2"), 1, "upgrade the tool"),
    "id-no": (broken("id: praise", "id: no"), 6, "'no' (a yes/no value) as id of a device, expected text"),
    "id-zero": (broken('id: "-"', "id: 0"), 24, 'put it in quotes: "0"'),
    "id-spaces": (broken("id: praise", "id: warm praise"), 6, "without spaces"),
    "id-of-codebook": (broken("id: small", "id: My Codebook"), 2, "small letters, digits and hyphens"),
    "title-date": (broken("title: A small codebook", "title: 2020-01-01"), 4, "(a date) as title"),
    "title-list": (broken("title: A small codebook", "title: [a]"), 4, "found a list as title"),
    "duplicate-id": (broken("id: blame", "id: praise"), 14, "id 'praise' a second time in devices"),
    "duplicate-code": (broken("code: BL", "code: PR"), 14, "code 'PR' a second time in devices"),
    "duplicate-key": (broken('key: "2"', 'key: "1"'), 18, "key '1' a second time"),
    "key-of-the-page": (broken('key: "2"', "key: k"), 18, "key 'k' for a device"),
    "key-digit-elsewhere": (broken('key: "-"', 'key: "7"'), 24, "key '7' for a polarity"),
    "key-two-letters": (broken('key: "2"', "key: ab"), 18, "expected one character"),
    "code-long": (broken("code: BL", "code: BLAME"), 17, "two or three letters"),
    "colour-short": (broken('"#2f6b2a"', '"#2f6"'), 11, "'#2f6' as color.light of device 'praise'"),
    "colour-missing-theme": (broken(', dark: "#8fd085"', ""), 11, "without 'dark'"),
    "colour-a-comment": (broken('{light: "#2f6b2a", dark: "#8fd085"}', COMMENT), 12, "in quotes"),
    "line-style": (broken("line: dashed", "line: dahsed"), 20, "Did you mean 'dashed'?"),
    "marked-not-in-text": (broken("marked: fine plan", "marked: Fine plan"), 13, "'Fine plan' marked in an example"),
    "empty-list": (broken(FRAMES, "frames: []"), 21, "empty list"),
    "empty-key": (broken(FRAMES, "frames:"), 21, "found nothing"),
    "crosswalk-label": (broken("{praise: [Nice]", "{prase: [Nice]"), 26, "Did you mean 'praise'?"),
    "crosswalk-text": (broken("praise: [Nice]", "praise: Nice"), 26, "expected a list"),
    "duplicate-yaml-key": (broken("title:", "id: twice\ntitle:"), 4, "key 'id' of the codebook a second time"),
    "flag-text": (broken("version: 3", "version: 3\nhas_target: maybe"), 4, "expected true or false"),
    "flag-yes": (broken("version: 3", "version: 3\nhas_target: yes"), 4, "expected true or false"),
    "limit-negative": (broken("version: 3", "version: 3\nlimits: {span_frames: -1}"), 4, "limits.span_frames"),
    "alias": (broken("title: A small codebook", "title: &t A\ndescription: *t"), 5, "an alias (*)"),
    "python-object": (broken("title: A small codebook", "title: !!python/name:os.system x"), 4, "as title"),
    "control-character": (broken("A small", "A \x07 small"), 4, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "line", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_parse_codebook_names_line_and_problem(source: str, line: int, said: str) -> None:
    with pytest.raises(CodebookError) as caught:
        parse_codebook(source, name="small.yaml")
    message = str(caught.value)
    assert message.startswith(f"small.yaml, line {line}: found ")
    assert said in message
    assert "expected" in message
    assert "\n" not in message
    assert caught.value.facts["line"] == line


def test_parse_codebook_refuses_an_alias_bomb_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(50))
    with pytest.raises(CodebookError, match="an alias"):
        parse_codebook(bomb, name="bomb.yaml")


def test_parse_codebook_refuses_deep_nesting() -> None:
    with pytest.raises(CodebookError, match="levels of nesting"):
        parse_codebook("a: " + "[" * 5000, name="deep.yaml")


def write(data: bytes) -> Callable[[Path], Path]:
    def writer(folder: Path) -> Path:
        (folder / "codebook.yaml").write_bytes(data)
        return folder

    return writer


UNREADABLE = {
    "missing": (lambda folder: folder / "none.yaml", "No such file"),
    "not-utf8": (write(b"format: 1\ntitle: caf\xe9\n"), "line 2: found the byte 0xE9, expected UTF-8"),
    "too-large": (write(b"#" * (MAX_BYTES + 1)), "found more than 1,000,000 bytes"),
}


@pytest.mark.parametrize(("make", "said"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_load_codebook_refuses_unreadable_files(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    with pytest.raises(CodebookError) as caught:
        load_codebook(make(tmp_path))
    assert said in str(caught.value)


def test_load_codebook_takes_a_folder_with_guidelines(tmp_path: Path) -> None:
    (tmp_path / "codebook.yaml").write_text("\ufeff" + SMALL, encoding="utf-8")
    (tmp_path / "guidelines.md").write_text("# Guide", encoding="utf-8")
    assert load_codebook(tmp_path).guidelines == "# Guide"
    assert load_codebook(tmp_path / "codebook.yaml").ref == "small@3"


def test_shipped_codebook_has_the_labels_of_the_contract(shipped: Codebook) -> None:
    assert shipped.ref == "news-framing@1"
    assert [label.code for label in shipped.devices] == ["DB", "PJ", "NC", "FW", "AF", "EM", "LL"]
    assert [label.key for label in shipped.devices] == list("1234567")
    assert list(shipped.ids("frame")) == SEMEVAL_2023_FRAMES
    assert shipped.ids("voice") == ("own", "quoted", "attributed")
    assert shipped.ids("polarity") == ("-", "+", "0")
    assert "## C. Rulings" in shipped.guidelines


@pytest.mark.parametrize("kind", LABEL_SETS)
def test_shipped_labels_have_definition_and_two_examples(shipped: Codebook, kind: str) -> None:
    for label in shipped.labels(kind):
        assert len(label.definition) > 20
        assert 2 <= len(label.examples) <= 3
        assert not (label.key and label.key.lower() in RESERVED_KEYS)


def test_shipped_devices_use_every_line_style(shipped: Codebook) -> None:
    assert {label.line for label in shipped.devices} == set(LINE_STYLES)


def test_shipped_crosswalks_use_the_schemes_own_names(shipped: Codebook) -> None:
    assert {name for names in shipped.crosswalks["ptc-14"].values() for name in names} <= PTC_14
    assert set(shipped.crosswalks["mfc-15"]) == set(SEMEVAL_2023_FRAMES)
    for scheme in ("ptc-14", "semeval-2023"):
        assert set(shipped.crosswalks[scheme]) == set(shipped.ids("device"))


@pytest.mark.parametrize(("theme", "ground"), [("light", "#fbfaf7"), ("dark", "#14171c")])
def test_shipped_colours_stand_out_from_the_page(shipped: Codebook, theme: str, ground: str) -> None:
    for kind in LABEL_SETS:
        for label in shipped.labels(kind):
            assert contrast(getattr(label, f"color_{theme}"), ground) >= 3.0, label.id


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_shipped_devices_differ_without_red_green_vision(shipped: Codebook, theme: str) -> None:
    for one, other in itertools.combinations(shipped.devices, 2):
        if one.line == other.line:
            assert distance_without_green(getattr(one, f"color_{theme}"), getattr(other, f"color_{theme}")) >= 40


def rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""

    def luminance(color: str) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(color))]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def distance_without_green(one: str, other: str) -> float:
    """Distance of two colours as seen with deuteranopia (matrix of Machado et al. 2009, severity 1), in RGB steps."""

    def seen(color: str) -> tuple[float, ...]:
        red, green, blue = rgb(color)
        return (
            0.367 * red + 0.861 * green - 0.228 * blue,
            0.280 * red + 0.673 * green + 0.047 * blue,
            -0.012 * red + 0.043 * green + 0.969 * blue,
        )

    return math.dist(seen(one), seen(other))

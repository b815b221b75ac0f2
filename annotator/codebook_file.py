"""Read a codebook file, or say in one message what is wrong with it and where.

The YAML is composed into nodes, never constructed into objects: nodes know their line, and nothing in the
file can run. Aliases are refused, so a small file cannot unfold into a large one. What each key may hold
stands in the tables below; docs/codebook.md explains them to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from annotator.codebook import LINE_STYLES, Codebook, Example, Label
from annotator.errors import near_match
from annotator.yaml_nodes import FILE_ID, LABEL_ID, NAME, PROSE, TextRule, YamlFile, compose, line_of, read_utf8

FORMAT = 1
RESERVED_KEYS = frozenset("0jknaexuzghfm?")
"""Keys the page uses itself; a label may not take them. Digits 1–9 are for devices alone."""

# kind of label → where it stands in the file, and which of the optional keys it must have
_KINDS = {
    "device": ("devices", frozenset({"code", "color"})),
    "frame": ("frames", frozenset()),
    "voice": ("voices", frozenset()),
    "polarity": ("polarities", frozenset()),
}
_TOP_REQUIRED = ("format", "id", "version", "title", "devices")
_TOP_OPTIONAL = (
    *("description", "language", "frames", "voices", "polarities"),
    *("allow_overlap", "has_target", "limits", "crosswalks"),
)
_LABEL_REQUIRED = frozenset({"id", "name", "definition"})
_LABEL_OPTIONAL = frozenset({"code", "key", "group", "color", "line", "examples"})

_CODE: TextRule = (r"\p{L}{2,3}", "two or three letters", 'Abbreviate the name, such as "LL".')
_KEY: TextRule = (r"[^\s\p{C}]", "one character", 'Name the key that people press, such as "1".')
_COLOR: TextRule = (r"#[0-9A-Fa-f]{6}", 'a colour such as "#a34f00"', "Write # and six hexadecimal digits, in quotes.")
_LANGUAGE: TextRule = (r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language tag such as en", "Use its ISO 639 code.")

_LABEL_TEXTS = {"name": NAME, "definition": PROSE, "code": _CODE, "key": _KEY, "group": NAME}


def load_codebook(path: Path) -> Codebook:
    """Read ``codebook.yaml`` and the ``guidelines.md`` beside it, if there is one.

    Args:
        path: The YAML file, or the folder that holds it as ``codebook.yaml``.

    Raises:
        CodebookError: With file, line, what was found, what was expected and what to do.
    """
    file = path / "codebook.yaml" if path.is_dir() else path
    guidelines = file.with_name("guidelines.md")
    rules = read_utf8(guidelines) if guidelines.is_file() else ""
    return parse_codebook(read_utf8(file), name=str(file), guidelines=rules)


def parse_codebook(source: str, *, name: str, guidelines: str = "") -> Codebook:
    """Read a codebook from YAML text; ``name`` is what messages call it. Errors as :func:`load_codebook`."""
    return _CodebookFile(name).codebook(compose(source, name), guidelines)


class _CodebookFile(YamlFile):
    """The readers of a codebook: each takes a node and returns what it holds, or fails with the line."""

    def codebook(self, node: yaml.Node, guidelines: str) -> Codebook:
        top = self.record(node, "the codebook", required=set(_TOP_REQUIRED), optional=set(_TOP_OPTIONAL))
        if self.whole(top["format"], "format", 1_000) != FORMAT:
            remedy = "It was written for a newer version of this tool: upgrade the tool."
            self.fail(top["format"], f"format {top['format'].value}", f"format {FORMAT}", remedy)
        labels = {kind: self.labels(top.get(place), kind) for kind, (place, _) in _KINDS.items()}
        self.unique_keys(top)
        values: dict[str, Any] = self.limits(top.get("limits"))
        for key, rule in (("description", PROSE), ("language", _LANGUAGE)):
            if key in top:
                values[key] = self.text(top[key], key, rule)
        for key in ("allow_overlap", "has_target"):
            if key in top:
                values[key] = self.flag(top[key], key)
        if "crosswalks" in top:
            known = [label.id for kind in ("device", "frame") for label in labels[kind]]
            values["crosswalks"] = self.crosswalks(top["crosswalks"], known)
        return Codebook(
            id=self.text(top["id"], "id", FILE_ID),
            version=self.whole(top["version"], "version", 1_000_000),
            title=self.text(top["title"], "title", NAME),
            description=values.pop("description", ""),
            devices=labels["device"],
            frames=labels["frame"],
            voices=labels["voice"],
            polarities=labels["polarity"],
            guidelines=guidelines,
            **values,
        )

    def limits(self, node: yaml.Node | None) -> dict[str, Any]:
        if node is None:
            return {}
        limits = self.record(node, "limits", required=set(), optional={"span_frames", "article_frames"})
        return {f"{key}_max": self.whole(value, f"limits.{key}", 100) for key, value in limits.items()}

    def labels(self, node: yaml.Node | None, kind: str) -> tuple[Label, ...]:
        if node is None:
            return ()
        seen: dict[tuple[str, str], int] = {}
        found = []
        for item in self.items(node, _KINDS[kind][0]):
            label = self.label(item, kind)
            for field, value in (("id", label.id), ("code", label.code)):
                first = seen.setdefault((field, value), line_of(item))
                if value and first != line_of(item):
                    remedy = f"Line {first} has it already: choose another {field}."
                    self.fail(item, f"{field} '{value}' a second time in {_KINDS[kind][0]}", "each once", remedy)
            found.append(label)
        return tuple(found)

    def label(self, node: yaml.Node, kind: str) -> Label:
        must = _KINDS[kind][1]
        fields = self.record(
            node, f"a {kind}", required=set(_LABEL_REQUIRED | must), optional=set(_LABEL_OPTIONAL - must)
        )
        label_id = self.text(fields["id"], f"id of a {kind}", LABEL_ID)
        what = f"of {kind} '{label_id}'"
        values: dict[str, Any] = {}
        for key, rule in _LABEL_TEXTS.items():
            if key in fields:
                values[key] = self.text(fields[key], f"{key} {what}", rule)
        if "color" in fields:
            themes = {"light", "dark"}
            for theme, value in self.record(fields["color"], f"color {what}", required=themes, optional=set()).items():
                values[f"color_{theme}"] = self.text(value, f"color.{theme} {what}", _COLOR)
        if "line" in fields:
            values["line"] = self.text(fields["line"], f"line {what}", NAME)
            if values["line"] not in LINE_STYLES:
                remedy = near_match(values["line"], LINE_STYLES).strip() or "Choose one of them."
                self.fail(
                    fields["line"], f"'{values['line']}' as line {what}", f"one of {', '.join(LINE_STYLES)}", remedy
                )
        if "examples" in fields:
            listed = self.items(fields["examples"], f"examples {what}")
            values["examples"] = tuple(self.example(item, what) for item in listed)
        return Label(id=label_id, **values)

    def example(self, node: yaml.Node, what: str) -> Example:
        fields = self.record(node, f"an example {what}", required={"text"}, optional={"marked"})
        text = self.text(fields["text"], f"text of an example {what}", PROSE)
        if "marked" not in fields:
            return Example(text)
        marked = self.text(fields["marked"], f"marked of an example {what}", PROSE)
        if marked not in text:
            remedy = "Copy it from the text, letter for letter."
            self.fail(
                fields["marked"], f"'{marked}' marked in an example {what}", f"a stretch of '{text[:60]}'", remedy
            )
        return Example(text, marked)

    def unique_keys(self, top: Mapping[str, yaml.Node]) -> None:
        """Refuse a key that two labels share, that the page uses, or a digit outside the devices."""
        taken: dict[str, int] = {}
        for kind, (place, _) in _KINDS.items():
            items = top[place].value if place in top else ()
            for node in (value for item in items for key, value in item.value if key.value == "key"):
                key, line = str(node.value), line_of(node)
                if key.lower() in RESERVED_KEYS or (key.isdigit() and kind != "device"):
                    expected = "a digit 1-9 for a device, or a key that the page does not use itself"
                    remedy = f"Not free: {' '.join(sorted(RESERVED_KEYS))}."
                    self.fail(node, f"key '{key}' for a {kind}", expected, remedy)
                first = taken.setdefault(key, line)
                if first != line:
                    remedy = f"Line {first} has it already: choose another key."
                    self.fail(node, f"key '{key}' a second time", "each key for one label", remedy)

    def crosswalks(self, node: yaml.Node, known: list[str]) -> dict[str, dict[str, tuple[str, ...]]]:
        schemes: dict[str, dict[str, tuple[str, ...]]] = {}
        for scheme, (_, table) in self.mapping(node, "crosswalks").items():
            rows: dict[str, tuple[str, ...]] = {}
            for label, (label_node, names) in self.mapping(table, f"crosswalk '{scheme}'").items():
                if label not in known:
                    remedy = near_match(label, known).strip() or "Correct it, or take the line out."
                    found = f"label '{label}' in crosswalk '{scheme}'"
                    self.fail(label_node, found, "a device or frame of this codebook", remedy)
                empty = isinstance(names, yaml.SequenceNode) and not names.value
                listed = [] if empty else self.items(names, f"crosswalk '{scheme}' of '{label}'")
                rows[label] = tuple(self.text(name, f"a name in crosswalk '{scheme}'", NAME) for name in listed)
            schemes[scheme] = rows
        return schemes

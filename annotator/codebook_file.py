"""Read a codebook file, or say in one message what is wrong with it and where.

The YAML is composed into nodes, never constructed into objects: nodes know their line, and nothing in the
file can run. Aliases are refused, so a small file cannot unfold into a large one. What each key may hold
stands in the tables below; docs/codebook.md explains them to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import regex
import yaml

from annotator.codebook import LINE_STYLES, Codebook, Example, Label
from annotator.errors import CodebookError, near_match

FORMAT = 1
MAX_BYTES = 1_000_000
MAX_DEPTH = 12
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
_LABEL_TEXTS = {"name": "name", "definition": "prose", "code": "code", "key": "key", "group": "name"}
_LABEL_OPTIONAL = frozenset({"code", "key", "group", "color", "line", "examples"})

# kind of text → what it must match, how to say that, what to do
_TEXTS = {
    "codebook id": (
        r"[a-z][a-z0-9-]{0,59}",
        "small letters, digits and hyphens",
        "Choose a name such as news-framing.",
    ),
    "label id": (r"[^\s\p{C}]{1,80}", "1 to 80 characters without spaces", "Join its words with underscores."),
    "name": (r"[^\n\p{C}]{1,80}", "one line of 1 to 80 characters", "Shorten it; details go into the definition."),
    "prose": (r"[\s\S]*\S[\s\S]*", "some text", "Write it, or take the key out."),
    "code": (r"\p{L}{2,3}", "two or three letters", 'Abbreviate the name, such as "LL".'),
    "key": (r"[^\s\p{C}]", "one character", 'Name the key that people press, such as "1".'),
    "color": (r"#[0-9A-Fa-f]{6}", 'a colour such as "#a34f00"', "Write # and six hexadecimal digits, in quotes."),
    "language": (r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language tag such as en", "Use its ISO 639 code."),
}
_TYPES = {"int": "a number", "float": "a number", "bool": "a yes/no value", "null": "nothing", "timestamp": "a date"}


def load_codebook(path: Path) -> Codebook:
    """Read ``codebook.yaml`` and the ``guidelines.md`` beside it, if there is one.

    Args:
        path: The YAML file, or the folder that holds it as ``codebook.yaml``.

    Raises:
        CodebookError: With file, line, what was found, what was expected and what to do.
    """
    file = path / "codebook.yaml" if path.is_dir() else path
    guidelines = file.with_name("guidelines.md")
    return parse_codebook(_read(file), name=str(file), guidelines=_read(guidelines) if guidelines.is_file() else "")


def parse_codebook(source: str, *, name: str, guidelines: str = "") -> Codebook:
    """Read a codebook from YAML text; ``name`` is what messages call it. Errors as :func:`load_codebook`."""
    return _File(name).codebook(_compose(source, name), guidelines)


def _read(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CodebookError(
            f"Cannot read {file}: {error.strerror}. Give a codebook.yaml or the folder that holds it.", file=str(file)
        ) from error
    if len(raw) > MAX_BYTES:
        raise CodebookError(
            f"Cannot use {file}: found {len(raw):,} bytes, expected at most {MAX_BYTES:,}. Is it the right file?",
            file=str(file),
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CodebookError(
            f"{file}, line {line}: found the byte 0x{raw[error.start]:02X}, expected UTF-8 text. "
            "Save the file as UTF-8.",
            file=str(file),
            line=line,
        ) from error


def _compose(source: str, name: str) -> yaml.Node:
    """Compose the one YAML document in ``source``, refusing aliases and deep nesting before any recursion."""
    file, depth = _File(name), 0
    try:
        for event in yaml.parse(source, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                file.fail(event, "an alias (*)", "the value itself", "Write the value out here.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                file.fail(event, f"more than {MAX_DEPTH} levels of nesting", "a codebook", "Is it the right file?")
        node: yaml.Node | None = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else source.count("\n", 0, getattr(error, "position", 0)) + 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise CodebookError(
            f"{name}, line {line}: found YAML that cannot be read ({problem}), expected valid YAML. Check indentation, "
            "brackets and quotes there; put values such as - or : in quotes.",
            file=name,
            line=line,
        ) from error
    if node is None:
        raise CodebookError(
            f"{name}, line 1: found no content, expected a codebook. Start from labels/news-framing/codebook.yaml.",
            file=name,
            line=1,
        )
    return node


class _File:
    """The readers of one file: each takes a node and what it is, and returns a value or fails with the line."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, node: yaml.Node | yaml.Event, found: str, expected: str, remedy: str) -> NoReturn:
        line = _line(node)
        raise CodebookError(
            f"{self.name}, line {line}: found {found}, expected {expected}. {remedy}", file=self.name, line=line
        )

    def text(self, node: yaml.Node, what: str, rule: str) -> str:
        pattern, expected, remedy = _TEXTS[rule]
        kind = node.tag.rpartition(":")[2]
        if not isinstance(node, yaml.ScalarNode) or kind != "str":
            if rule == "color" and kind == "null":
                remedy = "Put the colour in quotes: an unquoted # starts a comment."
            elif isinstance(node, yaml.ScalarNode) and node.value:
                remedy = f'If you mean the text, put it in quotes: "{node.value}".'
            self.fail(node, f"{_describe(node)} as {what}", f"text: {expected}", remedy)
        value = str(node.value).strip()
        if not regex.fullmatch(pattern, value):
            self.fail(node, f"'{value[:60]}' as {what}", expected, remedy)
        return value

    def whole(self, node: yaml.Node, what: str, maximum: int) -> int:
        plain = isinstance(node, yaml.ScalarNode) and node.tag.endswith(":int")
        if not plain or not regex.fullmatch(r"[1-9]\d{0,8}", node.value) or int(node.value) > maximum:
            remedy = "Write it without quotes and without a point."
            self.fail(node, f"{_describe(node)} as {what}", f"a whole number from 1 to {maximum}", remedy)
        return int(node.value)

    def flag(self, node: yaml.Node, what: str) -> bool:
        if not node.tag.endswith(":bool") or node.value not in ("true", "false"):
            self.fail(node, f"{_describe(node)} as {what}", "true or false", "Write one of them, without quotes.")
        return bool(node.value == "true")

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            found = "an empty list" if isinstance(node, yaml.SequenceNode) else _describe(node)
            self.fail(node, f"{found} as {what}", "a list with at least one item", "Add an item, or take the key out.")
        return list(node.value)

    def mapping(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{_describe(node)} as {what}", "keys with values", "Write 'key: value' lines.")
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value in node.value:
            key = self.text(key_node, f"a key of {what}", "label id")
            if key in found:
                first = _line(found[key][0])
                self.fail(key_node, f"key '{key}' of {what} a second time", "each key once", f"See line {first}.")
            found[key] = (key_node, value)
        return found

    def record(self, node: yaml.Node, what: str, *, required: set[str], optional: set[str]) -> dict[str, yaml.Node]:
        """Read a mapping whose keys are known beforehand."""
        found, known = self.mapping(node, what), sorted(required | optional)
        for key, (key_node, _) in found.items():
            if key not in known:
                listed = f"one of {', '.join(known)}"
                remedy = near_match(key, known).strip() or "Take it out, or correct its name."
                self.fail(key_node, f"unknown key '{key}' in {what}", listed, remedy)
        for key in sorted(required - found.keys()):
            self.fail(node, f"{what} without '{key}'", f"the keys {', '.join(sorted(required))}", f"Add '{key}:'.")
        return {key: value for key, (_, value) in found.items()}

    def codebook(self, node: yaml.Node, guidelines: str) -> Codebook:
        top = self.record(node, "the codebook", required=set(_TOP_REQUIRED), optional=set(_TOP_OPTIONAL))
        if self.whole(top["format"], "format", 1_000) != FORMAT:
            remedy = "It was written for a newer version of this tool: upgrade the tool."
            self.fail(top["format"], f"format {top['format'].value}", f"format {FORMAT}", remedy)
        labels = {kind: self.labels(top.get(place), kind) for kind, (place, _) in _KINDS.items()}
        self.unique_keys(top)
        values: dict[str, Any] = self.limits(top.get("limits"))
        for key, rule in (("description", "prose"), ("language", "language")):
            if key in top:
                values[key] = self.text(top[key], key, rule)
        for key in ("allow_overlap", "has_target"):
            if key in top:
                values[key] = self.flag(top[key], key)
        if "crosswalks" in top:
            known = [label.id for kind in ("device", "frame") for label in labels[kind]]
            values["crosswalks"] = self.crosswalks(top["crosswalks"], known)
        return Codebook(
            id=self.text(top["id"], "id", "codebook id"),
            version=self.whole(top["version"], "version", 1_000_000),
            title=self.text(top["title"], "title", "name"),
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
                first = seen.setdefault((field, value), _line(item))
                if value and first != _line(item):
                    remedy = f"Line {first} has it already: choose another {field}."
                    self.fail(item, f"{field} '{value}' a second time in {_KINDS[kind][0]}", "each once", remedy)
            found.append(label)
        return tuple(found)

    def label(self, node: yaml.Node, kind: str) -> Label:
        must = _KINDS[kind][1]
        fields = self.record(
            node, f"a {kind}", required=set(_LABEL_REQUIRED | must), optional=set(_LABEL_OPTIONAL - must)
        )
        label_id = self.text(fields["id"], f"id of a {kind}", "label id")
        what = f"of {kind} '{label_id}'"
        values: dict[str, Any] = {}
        for key, rule in (
            ("name", "name"),
            ("definition", "prose"),
            ("code", "code"),
            ("key", "key"),
            ("group", "name"),
        ):
            if key in fields:
                values[key] = self.text(fields[key], f"{key} {what}", rule)
        if "color" in fields:
            themes = {"light", "dark"}
            for theme, value in self.record(fields["color"], f"color {what}", required=themes, optional=set()).items():
                values[f"color_{theme}"] = self.text(value, f"color.{theme} {what}", "color")
        if "line" in fields:
            values["line"] = self.text(fields["line"], f"line {what}", "name")
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
        text = self.text(fields["text"], f"text of an example {what}", "prose")
        if "marked" not in fields:
            return Example(text)
        marked = self.text(fields["marked"], f"marked of an example {what}", "prose")
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
                key, line = str(node.value), _line(node)
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
                rows[label] = tuple(self.text(name, f"a name in crosswalk '{scheme}'", "name") for name in listed)
            schemes[scheme] = rows
        return schemes


def _line(node: yaml.Node | yaml.Event) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


def _describe(node: yaml.Node) -> str:
    """Say what a node holds, naming the type YAML took it for."""
    if isinstance(node, yaml.MappingNode):
        return "keys with values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return "nothing"
    return f"'{str(node.value)[:60]}' ({_TYPES.get(kind, 'text' if kind == 'str' else f'a value tagged {node.tag}')})"

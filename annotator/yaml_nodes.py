"""Read YAML as nodes that know their line, and say what is wrong in one message.

Nothing is constructed into objects, so nothing in a file can run. Aliases are refused, so a small file cannot
unfold into a large one. Codebook and lexicon files are read with this.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import regex
import yaml

from annotator.errors import CodebookError, near_match

MAX_BYTES = 1_000_000
MAX_DEPTH = 12

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the first is ten times as fast

TextRule = tuple[str, str, str]
"""What a text must match, how to say that, what to do."""
NAME: TextRule = (r"[^\n\p{C}]{1,80}", "one line of 1 to 80 characters", "Shorten it.")
PROSE: TextRule = (r"[\s\S]*\S[\s\S]*", "some text", "Write it, or take the key out.")
FILE_ID: TextRule = (r"[a-z][a-z0-9-]{0,59}", "small letters, digits and hyphens", "Write it like news-framing.")
LABEL_ID: TextRule = (r"[^\s\p{C}]{1,80}", "1 to 80 characters without spaces", "Join its words with underscores.")
_TYPES = {"int": "a number", "float": "a number", "bool": "a yes/no value", "null": "nothing", "timestamp": "a date"}


def read_utf8(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CodebookError(
            f"Cannot read {file}: {error.strerror}. Give the YAML file or the folder that holds it.", file=str(file)
        ) from error
    if len(raw) > MAX_BYTES:
        raise CodebookError(
            f"Cannot use {file}: found more than {MAX_BYTES:,} bytes, expected at most that. Is it the right file?",
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


def compose(source: str, name: str) -> yaml.Node:
    """Compose the one YAML document in ``source``, refusing aliases and deep nesting before any recursion."""
    file, depth = YamlFile(name), 0
    try:
        for event in yaml.parse(source, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                file.fail(event, "an alias (*)", "the value itself", "Write the value out here.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                file.fail(event, f"more than {MAX_DEPTH} levels of nesting", "a flatter file", "Is it the right file?")
        node: yaml.Node | None = yaml.compose(source, Loader=_LOADER)
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
            f"{name}, line 1: found no content, expected keys with values. Start from one under labels/.",
            file=name,
            line=1,
        )
    return node


class YamlFile:
    """The readers of one file: each takes a node and what it is, and returns a value or fails with the line."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, node: yaml.Node | yaml.Event, found: str, expected: str, remedy: str) -> NoReturn:
        line = line_of(node)
        raise CodebookError(
            f"{self.name}, line {line}: found {found}, expected {expected}. {remedy}", file=self.name, line=line
        )

    def text(self, node: yaml.Node, what: str, rule: TextRule) -> str:
        pattern, expected, remedy = rule
        kind = node.tag.rpartition(":")[2]
        if not isinstance(node, yaml.ScalarNode) or kind != "str":
            if kind == "null" and "#" in expected:
                remedy = "Put it in quotes: an unquoted # starts a comment."
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

    def mapping(self, node: yaml.Node, what: str, rule: TextRule = LABEL_ID) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{_describe(node)} as {what}", "keys with values", "Write 'key: value' lines.")
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value in node.value:
            key = self.text(key_node, f"a key of {what}", rule)
            if key in found:
                first = line_of(found[key][0])
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


def line_of(node: yaml.Node | yaml.Event) -> int:
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

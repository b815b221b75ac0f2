"""Foreign model cards: readable, and nothing in them acts."""

from __future__ import annotations

import pytest

from annotator.ui.card_markdown import LONGEST, safe_markdown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("![a map](https://x.example/p.png)", "a map"),
        ("[site](https://x.example 'title')", r"site (https\://x.example)"),
        ("![a][ref]", r"\!\[a\]\[ref\]"),
        ("[ref]: https://x.example/p.png", r"\[ref\]\: https\://x.example/p.png"),
        ("<https://x.example>", r"\<https\://x.example\>"),
        ("www.x.example", r"www\.x.example"),
        (":red[alarm] $x$ :material/home:", r"\:red\[alarm\] \$x\$ \:material/home\:"),
        ("&lt;img&gt;", r"\&lt;img\&gt;"),
        ("# Title", "### Title"),
        ("###### deep", "###### deep"),
        ("**bold** and *weak*", "**bold** and *weak*"),
        ("| a | b |", "| a | b |"),
        ("a `<b> [x](y)` c", "a `<b> [x](y)` c"),
        ("``a ` b``", "`a ' b`"),
        ("a <!-- hidden\nfor long --> b", "a  b"),
        ("---\nlicense: x\n---\n# T", "### T"),
    ],
)
def test_card_is_shown_as_text(written: str, shown: str) -> None:
    assert safe_markdown(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        r"\` ![x](https://e.example/p.png) \`",
        r"`\` ![x](https://e.example/p.png) `",
        "``` `![x](https://e.example/p.png)`\nmore",
        "`a ``![x](https://e.example/p.png)`` b",
        "````\n```\n![x](https://e.example/p.png)",
        "~~~\n```\n~~~\n![x](https://e.example/p.png)",
        "`\n![x](https://e.example/p.png)\n`",
    ],
)
def test_tricks_with_backticks_leave_no_image(written: str) -> None:
    is_code = False
    for line in safe_markdown(written).split("\n"):
        if line in ("```text", "```"):
            is_code = not is_code
        elif is_code:
            assert "`" not in line
        else:
            assert "!" not in active_signs(line)
            assert "[" not in active_signs(line)
    assert not is_code


def active_signs(line: str) -> str:
    """Return what is neither escaped nor in a code span, as CommonMark reads a line of single backticks."""
    assert "``" not in line
    signs, at = [], 0
    while at < len(line):
        if line[at] == "\\":
            at += 2
        elif line[at] == "`":
            at = line.index("`", at + 1) + 1
        else:
            signs.append(line[at])
            at += 1
    return "".join(signs)


def test_card_without_end_is_cut() -> None:
    assert safe_markdown("word " * LONGEST).endswith("(The card goes on.)")

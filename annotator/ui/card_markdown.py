r"""A model card as Markdown that is safe to show: its headings, tables and lists, and nothing that acts.

A model folder may come from anywhere. What could load, link or run something is turned into the text it is
written with: HTML, images, links, addresses, and Streamlit's own signs for colours, icons and formulas. Only
code spans and fences are rebuilt, in one form that cannot be read in two ways; everything else is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 60_000
"""Characters of a card that are shown."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\r?\n.*?\n---\r?\n", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]*)\]\(([^)\s]*)[^)\n]*\)")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_FENCE = re.compile(r"\s{0,3}(?:```+|~~~+)")
_HEADING = re.compile(r"(#{1,6})(\s.*)")
_ACTIVE = re.compile(r"([\\`<>\[\]!$:@&^~])")
_WWW = re.compile(r"\bwww\.", re.IGNORECASE)


def safe_markdown(card: str) -> str:
    r"""Return a card for ``st.markdown``.

    Headings go two levels down, to stand below the page's own.

    Example:
        >>> safe_markdown("# Fine\n![x](http://a/b.png) <b>bold</b> is **bold**, see [here](http://a)")
        '### Fine\nx \\<b\\>bold\\</b\\> is **bold**, see here (http\\://a)'
    """
    text = _COMMENT.sub("", _FRONT_MATTER.sub("", card.replace("\r\n", "\n").replace("\r", "\n")))
    cut = "\n\n(The card goes on.)" if len(text) > LONGEST else ""
    return "\n".join(_lines(text[:LONGEST])) + cut


def _lines(text: str) -> Iterator[str]:
    is_code = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            is_code = not is_code
            yield "```text" if is_code else "```"
        elif is_code:
            yield line.replace("`", "'")
        elif heading := _HEADING.fullmatch(line):
            yield "#" * min(len(heading[1]) + 2, 6) + _line(heading[2])
        else:
            yield _line(line)
    if is_code:
        yield "```"


def _line(line: str) -> str:
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(line):
        pieces += [_escaped(line[end : code.start()]), "`", code[2].replace("`", "'"), "`"]
        end = code.end()
    return "".join([*pieces, _escaped(line[end:])])


def _escaped(text: str) -> str:
    text = _LINK.sub(r"\1 (\2)", _IMAGE.sub(r"\1", text))
    return _WWW.sub("www\\.", _ACTIVE.sub(r"\\\1", text))

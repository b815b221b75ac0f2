"""All text a page would show, by one linear scan: the yardstick for what a parser kept, and the fallback."""

from __future__ import annotations

import html
import re

HIDDEN = ("script", "style", "noscript", "template", "head", "svg", "iframe", "textarea", "select")
"""Elements whose content is no part of the text."""

_RAW = ("script", "style", "textarea")  # without an end tag these run to the end of the page
_INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span"),
        *("strong", "sub", "sup", "time", "u"),
    )
)
_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_ENDS = {element: re.compile(rf"</{element}[\s>/]", re.IGNORECASE) for element in HIDDEN}
_BLANK = re.compile(r"[ \t\r\n\f]+")


def visible_text(page: str) -> str:
    """Return the text outside tags, scripts and other hidden elements, one block per paragraph.

    One pass of searches: linear however deep or broken the page is, unlike a parser.

    Example:
        >>> visible_text("<p>One <b>two</b></p><script>x</script><p>three")
        'One two\\n\\nthree'
    """
    blocks: list[list[str]] = [[]]
    unclosed: set[str] = set()
    at = 0
    while at < len(page):
        tag = page.find("<", at)
        if tag < 0:
            tag = len(page)
        blocks[-1].append(page[at:tag])
        if tag == len(page):
            break
        at = _after_tag(page, tag, blocks, unclosed)
    lines = (_BLANK.sub(" ", html.unescape("".join(block))).strip() for block in blocks)
    return "\n\n".join(line for line in lines if line)


def _after_tag(page: str, tag: int, blocks: list[list[str]], unclosed: set[str]) -> int:
    """Return where to read on after the ``<`` at ``tag``; begin a new block where the element is one."""
    if page.startswith("<!--", tag):
        return _past(page, "-->", tag + 4)
    name = _NAME.match(page, tag)
    if name is None and not page.startswith(("<!", "<?", "</"), tag):
        blocks[-1].append("<")  # a bare "<" in the text
        return tag + 1
    element = name.group(1).lower() if name is not None else ""
    if element not in _INLINE:
        blocks.append([])
    if element in HIDDEN and page[tag + 1] != "/" and element not in unclosed:
        end = _ENDS[element].search(page, tag)
        if end is not None:
            return _past(page, ">", end.start())
        if element in _RAW:
            return len(page)
        unclosed.add(element)  # searching again for every later one would take quadratic time
    return _past(page, ">", tag)


def _past(page: str, mark: str, start: int) -> int:
    found = page.find(mark, start)
    return len(page) if found < 0 else found + len(mark)

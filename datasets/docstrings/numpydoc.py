"""Docstrings in the form of the numpydoc standard, taken apart and freed of their markup."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNDERLINE = re.compile(r"[-=~]{3,}\s*$")
_CALL = re.compile(r"(?:[\w., ]+=\s*)?[\w.]+(\(.*\))(?:\s*->.*|\s*--)?$", re.DOTALL)
_ROLE = re.compile(r":[\w:]+:`~?([^`<]+?)(?: *<[^`]*>)?`")
_QUOTED = re.compile(r"`{1,2}([^`]+?)(?: *<[^`]*>)?`{1,2}_{0,2}")
_FOOTNOTE = re.compile(r" ?\[\w+\]_")
_STRESSED = re.compile(r"(\*{1,2})(\w[^*]*\w)\1")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+>")  # of a default, another one in each process
_NO_PROSE = (".. ", ">>>", "|", "+--", ":")


@dataclass(frozen=True, slots=True)
class Docstring:
    """What a docstring says.

    Attributes:
        summary: its first paragraph, one line of plain text.
        description: the paragraphs up to the first section, plain text; `""` if there is none.
        signature: the parameters of the call that compiled functions write into their first lines;
            `""` elsewhere.
        parameters: how many the "Parameters" section lists.
        see_also: the names in its "See Also" section, as they stand there.
        length: characters of the whole docstring.

    """

    summary: str
    description: str
    signature: str
    parameters: int
    see_also: tuple[str, ...]
    length: int


def parse_docstring(text: str) -> Docstring:
    """Take apart a docstring whose indentation is cleaned."""
    sections = dict(_sections(text))
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", sections[""]) if part.strip()]
    calls = [call[1] for call in takewhile(bool, map(_CALL.match, paragraphs))]
    told = [plain(part) for part in paragraphs[len(calls) :] if _is_prose(part)]
    return Docstring(
        summary=told[0] if told else "",
        description=" ".join(told[1:]),
        signature=" ".join(calls[-1].split()) if calls else "",
        parameters=sum(1 for _ in _names(sections.get("Parameters", ""))),
        see_also=tuple(_names(sections.get("See Also", ""))),
        length=len(text),
    )


def plain(text: str) -> str:
    """Return a paragraph in one line, without the marks of reStructuredText."""
    text = _FOOTNOTE.sub("", _ROLE.sub(r"\1", text))
    text = _QUOTED.sub(r"\1", text)
    text = _STRESSED.sub(r"\2", text)
    return " ".join(text.replace("\\", "").split())


def bounded(text: str, longest: int) -> str:
    """Return as many whole sentences of a text, else whole words, as fit into `longest` letters."""
    if len(text) <= longest:
        return text
    cut = text[: longest + 1]
    sentence = max(cut.rfind(stop) for stop in (". ", "; ", ": "))
    if sentence > longest // 2:
        return cut[: sentence + 1].rstrip(";: ")
    return f"{cut[: longest - 1].rsplit(' ', 1)[0]}…"


def signature_of(documented: Any) -> str:
    """Return the parameters as the code declares them, without types; `""` where it cannot tell."""
    try:
        signature = inspect.signature(documented)
    except (TypeError, ValueError):
        return ""
    parameters = [
        parameter.replace(annotation=parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    return _ADDRESS.sub(">", str(inspect.Signature(parameters)))


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield (title, body) of each section; what stands before the first has the title `""`."""
    title, body = "", list[str]()
    lines = text.splitlines()
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.strip() and _UNDERLINE.match(following):
            yield title, "\n".join(body)
            title, body = line.strip(), []
        elif not _UNDERLINE.match(line):
            body.append(line)
    yield title, "\n".join(body)


def _is_prose(paragraph: str) -> bool:
    return not paragraph.startswith(_NO_PROSE) and bool(re.search(r"[a-z]{2}", paragraph))


def _names(section: str) -> Iterator[str]:
    """Yield the names before the colon of each line that is not indented."""
    for line in section.splitlines():
        if line and not line[0].isspace():
            names = plain(re.split(r"\s*:\s", line)[0]).split(",")
            yield from (name.strip(" .:") for name in names if name.strip(" .:"))

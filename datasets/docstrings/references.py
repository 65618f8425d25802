"""Which of the known names a mention in a docstring means."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Names:
    """The dotted names of a set, and what each of their endings may mean."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._ending: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for name in self._names:
            library, *rest = name.split(".")
            for start in range(len(rest)):
                self._ending[library, ".".join(rest[start:])].append(name)

    def resolved(self, speaker: str, mentions: Iterable[str]) -> list[str]:
        """Return the names that `speaker`, itself a name, mentions; unknown ones are left out."""
        found = (self._meant(speaker, mention.removesuffix("()")) for mention in mentions)
        return sorted({name for name in found if name and name != speaker})

    def _meant(self, speaker: str, mention: str) -> str | None:
        """Return the name nearest to the speaker's own, else the only one of its library."""
        for candidate in _candidates(speaker, mention):
            if candidate in self._names:
                return candidate
        endings = self._ending[speaker.split(".", maxsplit=1)[0], mention]
        return endings[0] if len(endings) == 1 else None


def _candidates(speaker: str, mention: str) -> Iterator[str]:
    yield mention
    owner = speaker.rpartition(".")[0]
    while owner:
        yield f"{owner}.{mention}"
        owner = owner.rpartition(".")[0]

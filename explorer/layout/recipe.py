"""How a layout is to be made."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.layout.layout import Method
from explorer.layout.settings import Settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a layout is to be made.

    Attributes:
        using: name of the vector, `""` for the unnamed one.
        method: PCA, UMAP, or the payload's own coordinates.
        settings: what shapes it; PCA heeds seed and dimensions.
        fields: the payload fields of the coordinates: one with geographic points, or two or three
            with numbers.

    """

    using: str
    method: Method = Method.UMAP
    settings: Settings = field(default_factory=Settings)
    fields: tuple[str, ...] = ()

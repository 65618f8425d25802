"""Colours: codes and legends, and whether eyes can tell the palette apart."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.colours import (
    MISSING,
    OTHER,
    PALETTE,
    RAMP,
    LegendKind,
    encode,
    encode_categories,
    encode_numbers,
)

LIGHT, DARK = "#ffffff", "#0e1117"
# Linear RGB as seen with a full deficiency (Machado, Oliveira and Fernandes 2009, severity 1).
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(css):
    share = np.array([int(css[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(css, background):
    """WCAG 2 contrast ratio."""
    bright, dark = sorted(float(TO_XYZ[1] @ linear(c)) + 0.05 for c in (css, background))[::-1]
    return bright / dark


def lab(rgb):
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen_by", DEFICIENCIES)
def test_any_two_categories_look_different(seen_by):
    matrix = np.asarray(DEFICIENCIES[seen_by])
    seen = [lab(matrix @ linear(css)) for css in PALETTE]
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(distances) > 16


@pytest.mark.parametrize("css", [*PALETTE, OTHER, *RAMP])
def test_every_colour_shows_on_both_themes(css):
    assert contrast(css, LIGHT) > 1.75
    assert contrast(css, DARK) > 1.75


@pytest.mark.parametrize("seen_by", DEFICIENCIES)
def test_the_ramp_gets_brighter_in_even_steps(seen_by):
    lightness = [lab(np.asarray(DEFICIENCIES[seen_by]) @ linear(css))[0] for css in RAMP]
    steps = np.diff(lightness)
    assert steps.min() > 2
    assert steps.max() < 15


def test_categories_are_coded_by_frequency():
    codes, legend = encode(["b", "a", "b", None, ["a", "z"], {"k": 1}, "b"])
    assert codes.tolist() == [0, 1, 0, MISSING, 1, MISSING, 0]
    assert (legend.kind, legend.names, legend.counts) == (LegendKind.CATEGORY, ("b", "a"), (3, 2))
    assert legend.palette == PALETTE[:2]
    assert legend.missing == 2


def test_rare_categories_share_one_grey():
    values = [f"c{i:02}" for i in range(20) for _ in range(30 - i)]
    codes, legend = encode(values)
    assert legend.names[-1] == "8 other"
    assert legend.palette[-1] == OTHER
    assert len(legend.names) == len(PALETTE) + 1
    assert np.bincount(codes).tolist() == list(legend.counts)
    assert sum(legend.counts) == len(values)


def test_more_categories_than_codes():
    codes, legend = encode_categories([f"id {i}" for i in range(1000)])
    assert codes.max() == len(PALETTE)
    assert legend.counts[-1] == 1000 - len(PALETTE)


def test_flags_and_few_integers_are_categories():
    assert encode([True, False, True])[1].names == ("yes", "no")
    assert encode([7, 7, 3])[1].names == ("7", "3")


def test_numbers_get_the_ramp():
    codes, legend = encode([0.0, 10.0, 5, None])
    assert codes.tolist() == [0, 254, 127, MISSING]
    assert (legend.kind, legend.low, legend.high) == (LegendKind.NUMBER, 0.0, 10.0)
    assert (legend.format, legend.note) == ("number", "")
    assert encode(list(range(100)))[1].format == "integer"


def test_extremes_are_clipped_and_the_legend_says_so():
    codes, legend = encode_numbers(np.array([*np.linspace(0, 1, 997), 1e6, -1e6, np.nan]))
    assert -0.1 < legend.low < legend.high < 1.1
    assert "percentile" in legend.note
    assert codes[[997, 998, 999]].tolist() == [254, 0, MISSING]


def test_one_value_and_no_value():
    codes, legend = encode_numbers(np.array([3.0, 3.0]))
    assert (codes.tolist(), legend.low, legend.high) == ([0, 0], 3.0, 3.0)
    assert encode([])[1].kind is LegendKind.NONE
    codes, legend = encode([None, {}, []])
    assert (codes.tolist(), legend.kind, legend.missing) == ([MISSING] * 3, LegendKind.NONE, 3)
    assert encode([float("nan"), float("inf")])[1].kind is LegendKind.NONE


def test_dates_get_the_ramp_in_seconds():
    codes, legend = encode(["1970-01-01", "1970-01-02T00:00:00Z", None, "1970-01-01T12:00:00"])
    assert codes.tolist() == [0, 254, MISSING, 127]
    assert (legend.format, legend.high) == ("date", 86_400.0)
    assert encode(["1970", "1971"])[1].kind is LegendKind.CATEGORY
    assert encode(["1970-01-01", "soon"])[1].kind is LegendKind.CATEGORY


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)


@settings(deadline=None)
@given(st.lists(scalars | st.lists(scalars, max_size=2) | st.just({}), max_size=40))
def test_any_payload_is_coded(values):
    codes, legend = encode(values)
    assert codes.dtype == np.uint8
    assert len(codes) == len(values)
    assert (codes == MISSING).sum() == legend.missing
    if legend.kind is LegendKind.CATEGORY:
        counts = np.bincount(codes[codes != MISSING], minlength=len(legend.names))
        assert counts.tolist() == list(legend.counts)


def test_known_categories_keep_their_colours():
    known = encode(["a", "a", "a", "b", "b", "c"])[1].colours
    codes, legend = encode(["c", "c", "c", "b", "d"], known)
    assert legend.names == ("c", "b", "d")
    assert legend.palette == (known["c"], known["b"], PALETTE[3])  # that of "a" may be wanted again
    assert codes.tolist() == [0, 0, 0, 1, 2]


@given(st.lists(st.integers(0, 30)), st.lists(st.integers(0, 30)))
def test_no_two_categories_share_a_colour(before, after):
    known = encode_categories([str(value) for value in before])[1].colours
    codes, legend = encode_categories([str(value) for value in after], known)
    assert len(set(legend.palette)) == len(legend.palette)
    assert all(known[name] == colour for name, colour in legend.colours.items() if name in known)
    names = [legend.names[code] for code in codes]
    assert all(
        n == str(v) or str(v) not in legend.colours for n, v in zip(names, after, strict=True)
    )

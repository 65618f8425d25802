"""The histogram counts every finite score once."""

import numpy as np
import pytest

from explorer.charts import histogram


@pytest.mark.parametrize("scores", [[], [0.5], [0.5] * 9, [0.1, 0.2, np.nan, np.inf, 0.9]])
def test_every_finite_score_is_counted_once(scores):
    spec = histogram.spec(np.array(scores, np.float32), "similarity")
    bars = spec["series"][0]["data"]
    assert sum(bar["value"] for bar in bars) == np.isfinite(scores).sum()
    assert len(spec["xAxis"]["data"]) == len(bars)

"""What all tests share: property tests have no deadline, since these machines are noisy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from engine import warm_up

settings.register_profile(
    "sextant", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("sextant")


@pytest.fixture(scope="session", autouse=True)
def compiled_code() -> None:
    """Have it loaded before any test: numba changes the filters of warnings while it compiles."""
    warm_up(wait=True)


@pytest.fixture(scope="module")
def emoji_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder for all tests of a module, with the emoji that a first start loads."""
    from pages import startup  # noqa: PLC0415 - most tests do without Streamlit

    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEXTANT_DATA", str(folder))
        yield folder
        startup.close()

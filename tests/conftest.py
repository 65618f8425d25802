"""What all tests share: property tests have no deadline, since these machines are noisy."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "sextant", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("sextant")

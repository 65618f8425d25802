"""The REST interface of Qdrant over an Engine."""

from engine.api.rest.application import make_api

__all__ = ["make_api"]

"""The REST interface of Qdrant over an Engine."""

from engine.api.rest.application import make_api
from engine.api.rest.beside import ApiRoute

__all__ = ["ApiRoute", "make_api"]

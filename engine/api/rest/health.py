"""What every client asks first: which server this is, and whether it is up."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from qdrant_client import models

from engine.api.settings import TITLE, VERSION

router = APIRouter(tags=["service"])


@router.get("/")
async def version() -> models.VersionInfo:
    """Tell title and version."""
    return models.VersionInfo(title=TITLE, version=VERSION)


@router.get("/healthz")
@router.get("/livez")
@router.get("/readyz")
async def healthy() -> PlainTextResponse:
    """Tell that the server is up."""
    return PlainTextResponse("healthz check passed")

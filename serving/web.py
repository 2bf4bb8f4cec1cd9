"""The web application of one deployment: the API and its pages, as ``zhaoren serve`` runs them."""

import gc
import os

from fastapi import FastAPI

from serving.access.sign_on import SignOn
from serving.api.app import create_app
from serving.api.observed import log_as_json
from serving.catalogue import load_catalogue
from serving.pages.grid_geometry import GeometryWrong, GridGeometry, read_geometry
from serving.pages.site import add_pages
from serving.settings import PREFIX, Settings, SettingsError, read_settings
from serving.store import open_store


def app_from_environment() -> FastAPI:
    """Return the application for a server process that imports it, with the settings it finds."""
    log_as_json()
    return settled(app_with(read_settings(os.environ)))


def settled(app: FastAPI) -> FastAPI:
    """Return ``app`` for a process that does nothing but serve it.

    All that is there now stays as long as the process: looking through it again and again for something to
    throw away took a tenth of the event loop's time.
    """
    gc.collect()
    gc.freeze()
    return app


def app_with(settings: Settings) -> FastAPI:
    """Return the application of ``settings``.

    Raises:
        SettingsError: the map of the grids cannot be used.
    """
    provider = settings.provider()
    app = create_app(
        open_store(settings.home, url=settings.store_address),
        zone=settings.zone,
        home=settings.home,
        place=settings.place,
        metrics_token=settings.metrics_secret,
        catalogue=load_catalogue(settings.catalogue),
        list_policy=settings.list_policy,
        links=settings.links,
        processes=settings.serve_workers,
        worker_of=None if provider is None else provider.worker_of,
    )
    add_pages(
        app,
        frame_ancestors=settings.frame_ancestors,
        geometry=_geometry(settings),
        sign_on=None
        if provider is None
        else SignOn(provider=provider, client_secret=settings.oidc_secret),
    )
    return app


def _geometry(settings: Settings) -> GridGeometry:
    default = settings.home / "grids.geojson"
    if settings.grid_geometry is None and not default.exists():
        return GridGeometry()
    try:
        return read_geometry(settings.grid_geometry or default)
    except GeometryWrong as error:
        raise SettingsError(f"{PREFIX}GRID_GEOMETRY: {error}.") from error

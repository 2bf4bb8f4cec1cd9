"""The web application of one deployment: the API and its pages, as ``zhaoren serve`` runs them."""

import os

from fastapi import FastAPI

from serving.api.app import create_app
from serving.catalogue import load_catalogue
from serving.pages.site import add_pages
from serving.settings import Settings, read_settings
from serving.store import open_store


def app_from_environment() -> FastAPI:
    """Return the application for a server that imports it (``--factory``), with the settings it finds."""
    return app_with(read_settings(os.environ))


def app_with(settings: Settings) -> FastAPI:
    """Return the application of ``settings``."""
    provider = settings.provider()
    app = create_app(
        open_store(settings.home, url=settings.store_address),
        zone=settings.zone,
        home=settings.home,
        place=settings.place,
        metrics_token=settings.metrics_secret,
        catalogue=load_catalogue(settings.catalogue),
        worker_of=None if provider is None else provider.worker_of,
    )
    add_pages(app, frame_ancestors=settings.frame_ancestors)
    return app

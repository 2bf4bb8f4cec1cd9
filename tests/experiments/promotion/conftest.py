"""The small trained model of the tests of models serves these as well."""

from tests.models.conftest import calibration, model, write_artefact

__all__ = ["calibration", "model", "write_artefact"]

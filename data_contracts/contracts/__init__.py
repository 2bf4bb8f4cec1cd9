"""One contract per feed of a Chinese district, ``<feed>.odcs.yaml``; a new feed is a new file here."""

from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the contracts of the district lie, for :func:`data_contracts.odcs.load_contracts`."""

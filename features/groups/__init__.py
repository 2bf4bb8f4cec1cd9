"""One module per feature group; each exposes ``GROUP``. A new file here is found by itself."""

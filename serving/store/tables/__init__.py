"""One module per topic; :mod:`serving.store.schema` lists them all."""

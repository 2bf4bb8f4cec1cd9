"""The steps by which the store's tables came to be; run by :mod:`serving.store.migrating`."""

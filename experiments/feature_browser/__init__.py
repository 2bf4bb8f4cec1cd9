"""Looking at features: the list, one of them closely, the contract, the catalogue page."""

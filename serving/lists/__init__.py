"""The list of a night: who could stand on it, in what order, at whose door, and the documents made of it."""

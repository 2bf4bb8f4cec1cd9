"""One small experiment in full: events of 5,000 households, four splits in time, four learners, one honest table."""

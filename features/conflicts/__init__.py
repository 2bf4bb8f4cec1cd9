"""Facts of departments that contradict each other: found, put to the department that can tell, settled."""

"""A made-up city of any size, written straight into a lake: only as large and as messy as a real one."""

"""The night itself: its steps, what it reads from below, what it did, and drawing it up again."""

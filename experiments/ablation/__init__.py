"""What each part of the data is worth: drop it, fit again on the same splits, judge on the same rows."""

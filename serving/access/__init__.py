"""Who is asking, where and as what they may act, what of a household they are shown, and who saw it."""

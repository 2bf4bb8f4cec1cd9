"""The night itself: a list of steps from deliveries to lists that were sent, and drawing a past one up again."""

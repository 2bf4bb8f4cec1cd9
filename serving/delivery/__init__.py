"""Delivery: the published list on its way into the systems and hands of those who visit."""

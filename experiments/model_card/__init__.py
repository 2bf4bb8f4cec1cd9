"""The card of a trained model: what a run found, kept beside it, written as a page in Chinese and English."""

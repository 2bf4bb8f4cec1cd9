"""Utility accounts -> dwellings: free address text and holder names, weighed by a trained Splink model.

Raw text is read from the sealed store, lives in memory only, and leaves this package as codes: which parts
agreed, never what they say.
"""

"""Reads everything, decides nothing. Has no tables."""

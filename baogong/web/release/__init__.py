"""Rationed release: what residents see, the clerk's desk, the pickup desk, the office."""

"""Drivers: what is next, depart, arrive, hand over."""

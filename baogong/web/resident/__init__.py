"""Households: their parcels by private link."""

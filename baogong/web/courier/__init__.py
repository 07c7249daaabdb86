"""Couriers: a page for their telephones that works with the network cut."""

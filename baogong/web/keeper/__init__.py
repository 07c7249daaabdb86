"""Warehouse and hub keepers: load, receive, count."""

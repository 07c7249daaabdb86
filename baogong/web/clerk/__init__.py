"""Clerks: the drop box, lists waiting for a person, needs by hand."""

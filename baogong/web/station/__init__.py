"""Stations at a community's edge: receive, sort, load, disinfect, see who is out, take back."""

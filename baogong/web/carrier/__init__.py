"""Carriers, by private link: accept, counter or decline a plan."""

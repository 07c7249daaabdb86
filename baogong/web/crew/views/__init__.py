"""One module a page of the crew."""

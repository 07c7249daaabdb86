"""People's pages, grouped by the person who uses them."""

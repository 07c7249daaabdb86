"""A day's bulletin: what its figures are, how they are taken out of the book, and the tables they stand in."""

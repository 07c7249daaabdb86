"""Pages of those who run a crew and stand at its gate, and, by private link, of those who sign up."""

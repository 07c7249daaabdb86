"""Pages of those who receive, by private link."""

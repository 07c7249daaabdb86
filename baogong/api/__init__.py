"""The typed REST API, by version and noun."""

"""The command office's pages, one module per thing."""

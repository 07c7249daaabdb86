"""The keeper's pages, one module per thing. A keeper sees the sites the duty names, and no other."""

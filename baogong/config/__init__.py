"""Settings, addresses, processes and the embedded database; no domain words."""

"""The `baogong` command: thin, one module of `commands` each."""

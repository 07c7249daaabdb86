"""Nobody sees or writes beyond their duty and their place: every operation, page and command, each for three persons."""

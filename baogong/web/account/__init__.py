"""Log-in, log-out, language, the first administrator, the five doors, the page that teaches a phone to trust us."""

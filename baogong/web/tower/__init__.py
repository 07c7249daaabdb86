"""The tower: one screen of what is late, runs out, is too much or at risk, and the alerts that somebody sees to."""

"""Everyone: the daily account, proofs, why can't I buy it."""

"""The book: lots, accounts, movements, holds, balances, stamps. Nothing in it is ever edited."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = (
    "ledger_earmark",
    "ledger_earmarkparty",
    "ledger_earmarkitem",
    "ledger_lot",
    "ledger_lotsource",
    "ledger_account",
    "ledger_batch",
    "ledger_movement",
    "ledger_stamp",
)
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = ("ledger_balance", "ledger_hold")
# Of these tables the application changes only the columns named: whether an account may go below zero is not its to say.
CHANGEABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "ledger_balance": ("posted", "held"),
    "ledger_hold": ("posted", "voided", "continued", "expires_at"),
}

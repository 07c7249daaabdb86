"""The command office: map, board, stock, needs, shares, convoy, tasks, approvals, shift change."""

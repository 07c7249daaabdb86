"""Words every room shares: ids, quantities, money, windows, actors, clocks and errors. No domain, no Django."""

"""How a query is answered: resolve ids, scan, score, select, trace."""

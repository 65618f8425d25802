"""Payloads: key paths into them, typed columns over them, filters, facets, selectors, updates."""

"""Durable storage: a folder per collection, append-only files, SQLite as the commit point."""

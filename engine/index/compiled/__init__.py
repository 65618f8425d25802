"""The graph walk and the certified scan as compiled loops; importing a module here compiles it."""

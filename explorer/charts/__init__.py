"""Charts as specifications: what a page draws, without the library that draws it."""

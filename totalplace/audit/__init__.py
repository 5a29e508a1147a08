"""Following a figure to its origin, and making reports again to see that they are the same."""

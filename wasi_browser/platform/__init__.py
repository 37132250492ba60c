"""The only seam to the outside: clocks, randomness, waiting, and what later reaches further."""

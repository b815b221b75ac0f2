"""What the tests of the store share: a small codebook, edits to try, a PostgreSQL server of their own."""

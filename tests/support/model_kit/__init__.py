"""Model folders and trainings without weights and without waiting, for tests of what is around them."""

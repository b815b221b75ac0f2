"""Use cases, one verb per module; they receive a store and suggesters, and never print."""

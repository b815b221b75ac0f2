"""Suggesters: the lexicon and the fine-tuned model, behind one protocol."""

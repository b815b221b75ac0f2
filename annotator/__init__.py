"""Label loaded phrases and framing in news articles, with suggestions from a fine-tuned model."""

__version__ = "0.1.0"

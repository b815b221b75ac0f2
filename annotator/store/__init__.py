"""Where projects, documents, suggestions and the operation log are kept."""

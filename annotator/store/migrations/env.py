"""Alembic runs this file; the connection comes with its transaction from ``annotator.store.migrate``."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()

"""Fixtures of the store's own tests."""

from __future__ import annotations

from store_kit.fixtures import new_address, sqlite_path

__all__ = ["new_address", "sqlite_path"]

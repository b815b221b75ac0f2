"""Fixtures of the contract suites: one suite for every store."""

from __future__ import annotations

from store_kit.fixtures import address, new_address, postgres, project, store

__all__ = ["address", "new_address", "postgres", "project", "store"]

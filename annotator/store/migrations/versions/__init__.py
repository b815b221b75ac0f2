"""Migrations, oldest first. Published ones never change; each stands on its own and imports no table."""

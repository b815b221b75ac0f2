"""The history of the tables: one file per step in ``versions``, run by :mod:`annotator.store.migrate`."""

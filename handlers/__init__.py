"""Use cases: one function, one transaction, no network.  Knows flows and storage, never bot."""

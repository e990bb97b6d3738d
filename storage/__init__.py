"""Rows and bytes.  Imports nothing of the other packages."""

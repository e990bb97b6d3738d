"""Conversations as checklists: pure functions that know no clock, file or row."""

"""The edge: processes, network, clock.  The only async code."""

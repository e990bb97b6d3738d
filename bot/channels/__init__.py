"""One file a channel: raw update to event, message to platform."""

"""A service's log, with incidents."""

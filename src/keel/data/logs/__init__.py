"""Log lines -> records, templates and windows."""

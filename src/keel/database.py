"""The metadata database: one engine per process, SQLite in a folder unless a URL says otherwise."""

"""How well odd cases are found, and what can be said of that without labels. One file each."""

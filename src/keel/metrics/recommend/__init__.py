"""How good lists of items are, and what they are like. One file each."""

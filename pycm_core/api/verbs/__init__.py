"""The verbs of the command, one file each: `add(verbs)` declares one, its function prints and returns an exit code."""

"""A POSIX-like file system in memory."""

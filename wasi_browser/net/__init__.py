"""A loopback network in memory: TCP, UDP and names, shared by the machines that join it."""

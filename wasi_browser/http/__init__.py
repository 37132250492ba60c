"""HTTP as state: fields, messages, bodies, exchanges, and a web in memory. Nothing here reaches outside; transports do."""

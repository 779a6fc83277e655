"""Random numbers: judges over samples, however they were taken."""

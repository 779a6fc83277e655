"""Turnaround (3-1): how long issuance takes, section by section and lane by lane."""

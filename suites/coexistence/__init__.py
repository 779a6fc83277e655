"""Applets of several services in one GP-SE (REQ-6-3)."""

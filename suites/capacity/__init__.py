"""Capacity (REQ-6-4): how large the applet is, as load file and installed, and how it is loaded."""

"""Certificates, revocation lists and online status of the JPKI, and what happens to them."""

"""The business server of a service provider, who relies on signatures made with a phone."""

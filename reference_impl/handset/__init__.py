"""The phone: what stands between its apps and the secure element."""

"""Which app may talk to which application of the secure element, judged from outside."""

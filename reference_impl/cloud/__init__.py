"""What third parties run for the phone: push messages."""

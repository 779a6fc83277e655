"""The capability statement as a subject: does it say who the target is, and the truth?"""

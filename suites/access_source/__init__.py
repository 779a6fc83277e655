"""Access source (6-5): does the GP-SE know a reader from an app, and act on it?"""

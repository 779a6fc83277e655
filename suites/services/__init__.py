"""The flows between TSMs, JPKI system and phones, and what an interruption may leave behind."""

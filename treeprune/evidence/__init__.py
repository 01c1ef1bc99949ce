"""Evidence that one model may stand for another: sections of a comparison, a noise floor, gates."""

"""Native model documents: parsed, checked and written back, knowing neither vendor packages nor our IR."""

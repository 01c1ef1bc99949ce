"""Pictures and pages; numbers come from elsewhere."""

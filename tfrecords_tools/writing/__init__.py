"""Writing of checked, complete records."""

"""What becomes of each mail at the moment it is due, a module for each stage of a trip."""

"""What is done with the data as a whole."""

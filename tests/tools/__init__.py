"""Small programs that make and the tests use."""

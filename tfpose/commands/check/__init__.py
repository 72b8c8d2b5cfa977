"""`tfpose check`: verifies a folder of records and writes a page about it."""

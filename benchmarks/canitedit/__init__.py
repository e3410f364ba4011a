"""CanItEdit: edit a Python program by an instruction."""

"""Background doors of the inbox: take ids, call one operation."""

"""Background doors of responses: take ids, call one operation."""

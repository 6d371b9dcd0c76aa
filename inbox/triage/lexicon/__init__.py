"""What words weigh, one module per language, written by hand and meant to be read and amended."""

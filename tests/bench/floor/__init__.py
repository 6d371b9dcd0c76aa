"""The floor: a bare Django site over the same tables; the product is measured beside it."""

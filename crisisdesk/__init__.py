"""The project: wiring only. What comes in lives in `inbox`, what we say in `responses`."""

"""Predicting what reference programs return, and what makes them return it, on any benchmark."""

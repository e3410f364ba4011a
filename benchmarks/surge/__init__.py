"""SURGE: predicting what a program prints."""

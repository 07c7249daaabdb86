"""Benchmarks: each runs a real peer beside ours on the same input and prints one JSON report."""

"""A result in, a matplotlib or plotly figure out."""

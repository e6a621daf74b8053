"""One file a tab, each with `build(services)`: widgets into a request, a figure into widgets, nothing else."""

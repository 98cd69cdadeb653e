"""Cloud stacks under aiotctl and by hand."""

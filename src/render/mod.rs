//! GPU pipelines of the window, each with a CPU twin for what it computes.

"""The measurements behind `make bench`: each is a ratio to a floor, within one run."""

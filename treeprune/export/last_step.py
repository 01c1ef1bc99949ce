"""The way out where an export cannot hold the steps of a pipeline before its model."""

LAST_STEP = (
    "export the last step alone (model[-1]; in the shell --last-step), for a table that has gone through "
    "the others"
)

"""Bad files by the hundred, made by code: each case is named after its defect and states what must happen."""

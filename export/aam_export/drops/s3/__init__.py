"""An S3 bucket as a drop (D1, D2): the recommended one."""

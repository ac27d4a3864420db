"""What Audience Manager answers, read once and kept: receipts, markers, reports, outbound files (O, R)."""

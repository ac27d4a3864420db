"""What `--log-level` shows, on stderr. Only loggers that are known to write no secrets are heard (V12).

At debug level botocore writes down signed requests with the session token, and answers of STS with keys in them.
"""

from __future__ import annotations

import logging

LEVELS = ("debug", "info", "warning", "error")
HEARD = ("aam_export", "urllib3.connectionpool", "botocore.retries", "botocore.retryhandler")


def set_log_level(level: str) -> None:
    """Show messages of the loggers in HEARD from `level` on."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in HEARD:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level.upper())
        logger.propagate = False

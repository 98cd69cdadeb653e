"""``python -m aiotctl``."""

from __future__ import annotations

import sys

from aiotctl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

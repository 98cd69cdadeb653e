"""Secrets in the language: ``{secret: NAME}`` names one of the environment's vault; a value in clear is
refused.
"""

from __future__ import annotations

from aiotctl.model.blueprint import Json

SECRET: dict[str, Json] = {
    "type": "object",
    "description": "A secret of the environment's vault, by its name. Never the secret itself.",
    "properties": {
        "secret": {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,127}$",  # what is born in the vault has a "/"
            "examples": ["press-1-password"],
            "description": "Name of the secret in the vault.",
        }
    },
    "required": ["secret"],
    "additionalProperties": False,
    "x-secret": True,
}

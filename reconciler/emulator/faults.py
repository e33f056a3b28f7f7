"""What a caller is told when a call does not succeed."""

from __future__ import annotations

STATUS = {
    "ConflictException": 409,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "MissingAuthenticationTokenException": 403,
    "RequestEntityTooLarge": 413,
}
"""HTTP status of error classes that do not answer with 400 (the model, and the errors common to all services)."""


class Fault(Exception):
    """An answer that is an error: AWS's class, a text for a person, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message
        self.status = STATUS.get(code, 400) if status is None else status


def invalid(message: str) -> Fault:
    """Give the fault for input that the model's bounds do not catch."""
    return Fault("ValidationException", message)

"""AWS's quotas on one pipeline (reference C). Where two pages of AWS disagree, the smaller number stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quotas:
    """Numbers that AWS may raise for an account; the defaults are those of 2026."""

    stages: int = 50
    """Stages of one pipeline."""
    actions_per_stage: int = 50
    """Actions of one stage; the limits page says 50, the General Reference 100 (I21)."""
    actions: int = 1000
    """Actions of one pipeline."""
    trigger_bytes: int = 200 * 1024
    """Size of all triggers together, as JSON."""

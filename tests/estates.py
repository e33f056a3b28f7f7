"""Settings and declarations for several accounts, each with a role to assume but the first."""

from __future__ import annotations

from typing import Any

from endpoint import sample
from workshop import ACCOUNT, REGION


def account(number: int) -> str:
    return str(int(ACCOUNT) * (number + 1)) if number < 9 else f"{200_000_000_000 + number}"


def name(number: int) -> str:
    return "prod" if number == 0 else f"e{number:02}"


def environments(count: int) -> dict[str, Any]:
    return {
        name(each): {"account": account(each), "regions": [REGION]}
        | ({"assume_role": f"arn:aws:iam::{account(each)}:role/reconciler"} if each else {})
        for each in range(count)
    }


def documents(number: int, count: int) -> list[dict[str, Any]]:
    return sample(count, account=account(number), region=REGION, environment=name(number))

"""Shapes are compiled when they are first needed, also when many clients need one at once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from builders import pipeline
from reconciler.emulator import services


def test_the_first_calls_may_come_at_the_same_time():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            service, together = services.load.__wrapped__("codepipeline"), Barrier(8)

            def first(_, service=service, together=together):
                together.wait()
                parsed = service.parse("CreatePipeline", {"pipeline": pipeline("shop")})
                written = service.encode("GetPipeline", {"metadata": {"created": 1500}})
                return parsed["pipeline"]["name"], written["metadata"]["created"]

            with ThreadPoolExecutor(8) as pool:
                assert set(pool.map(first, range(8))) == {("shop", 1.5)}
    finally:
        sys.setswitchinterval(before)

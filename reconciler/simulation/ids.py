"""Identities that look like UUIDs and are the same on every run: made of a seed and a serial, never of chance."""

from __future__ import annotations

_BITS = 122
_MASK = (1 << _BITS) - 1
_FACTOR = 0x2C6F_E96E_E78B_6955_8A5C_D789_635D_2DFF & _MASK | 1
_TWIST = 0x1B56_C4E9_4AC7_6F89_0F0F_3C3C_5A5A_9696 & _MASK


def identity(seed: int, serial: int) -> str:
    """Give a lower-case UUID of version 4; different serials below 2**64 give different ones for one seed.

    Multiplying by an odd number and folding are both one to one, so nothing can meet.
    """
    mixed = ((seed << 64 | serial) * _FACTOR ^ _TWIST) & _MASK
    mixed ^= mixed >> 61
    text = f"{mixed:031x}"
    return f"{text[:8]}-{text[8:12]}-4{text[12:15]}-{'89ab'[int(text[15], 16) & 3]}{text[16:19]}-{text[19:]}"

"""Every setting: its meaning, its unit, and why the default is what it is.

The text of `reconciler.yaml`, then environment variables over it: `RECONCILER_<GROUP>__<FIELD>`, for instance
`RECONCILER_SYNC__PRUNE=true`. A variable whose name ends in `_FILE` names a file that holds the value instead, as
systemd credentials and container secrets do; whoever calls `load` has read it.
"""

from __future__ import annotations

from reconciler.settings.drift import Drift
from reconciler.settings.environments import PART, Environment, Naming
from reconciler.settings.group import Group
from reconciler.settings.loading import PREFIX, load, overlay
from reconciler.settings.notify import Forge, Notice
from reconciler.settings.policy import Difference, Parity, Policy, Waiver
from reconciler.settings.service import Aws, Scale, Store, Tls, Web
from reconciler.settings.source import Schedule, Source, Templates, Verify
from reconciler.settings.sync import Flap, Limits, Retry, Sync, Window
from reconciler.settings.tree import Settings

__all__ = [
    "PART", "PREFIX", "Aws", "Difference", "Drift", "Environment", "Flap", "Forge", "Group", "Limits", "Naming",
    "Notice", "Parity", "Policy", "Retry", "Scale", "Schedule", "Settings", "Source", "Store", "Sync", "Templates",
    "Tls", "Verify", "Waiver", "Web", "Window", "load", "overlay",
]  # fmt: skip

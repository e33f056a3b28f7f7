"""Every setting: its meaning, its unit, and why the default is what it is.

The text of `reconciler.yaml`, then environment variables over it: `RECONCILER_<GROUP>__<FIELD>`, for instance
`RECONCILER_SYNC__PRUNE=true`. A variable whose name ends in `_FILE` names a file that holds the value instead, as
systemd credentials and container secrets do; whoever calls `load` has read it.
"""

from __future__ import annotations

from reconciler.settings.environments import PART, Environment, Naming
from reconciler.settings.group import Group
from reconciler.settings.loading import PREFIX, load, overlay
from reconciler.settings.policy import Difference, Parity, Policy, Waiver
from reconciler.settings.service import Aws, Scale, Store, Web
from reconciler.settings.source import Source, Templates
from reconciler.settings.sync import Limits, Sync
from reconciler.settings.tree import Settings

__all__ = [
    "PART", "PREFIX", "Aws", "Difference", "Environment", "Group", "Limits", "Naming", "Parity", "Policy",
    "Scale", "Settings", "Source", "Store", "Sync", "Templates", "Waiver", "Web", "load", "overlay",
]  # fmt: skip

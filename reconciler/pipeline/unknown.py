"""Values that cannot be known offline, such as a CloudFormation parameter without a value."""

from __future__ import annotations


class Unknown(str):
    """A value with a name and without content; it may stand wherever any value may, also for whole lists and mappings.

    Its text names what is missing, such as `${BuildProject}`. A rule that needs the value says nothing: unknown is
    never wrong.
    """

    __slots__ = ()

"""What the process itself needs: the AWS API, memory, threads, HTTP."""

from __future__ import annotations

from pydantic import Field

from reconciler.scalars import Listen, Seconds
from reconciler.settings.group import Group


class Aws(Group):
    """How the AWS API is called."""

    rate: float = Field(default=5, gt=0)
    """Calls a second with which an account, Region and kind of call starts. AWS publishes no limit; 5 is safe."""
    ceiling: float = Field(default=50, gt=0)
    """Calls a second up to which the rate grows while nothing is throttled."""
    burst: int = Field(default=20, ge=1)
    """Calls that may go out at once after a pause; a quiet pass over 1,000 pipelines needs 11."""
    attempts: int = Field(default=5, ge=1)
    """Attempts for one call, the first included (botocore's adaptive retries)."""
    connect_timeout: Seconds = 10
    """Seconds until a connection attempt is given up."""
    read_timeout: Seconds = 60
    """Seconds without an answer until a call is given up."""
    patience: Seconds = 5
    """Seconds for which a pass of the daemon hears nothing before it goes on without the accounts and Regions that it
    still waits for. What a person asks for waits until every call has an answer, or is given up."""
    role_propagation: Seconds = 30
    """Seconds during which a creation is tried again when a new role is not yet visible to CodePipeline."""


class Store(Group):
    """Where the reconciler remembers."""

    url: str = "sqlite:///.reconciler/state.db"
    """SQLAlchemy URL; a relative path starts at the settings file. The systemd unit keeps it in /var/lib/reconciler."""
    lease: Seconds = Field(default=15, ge=1)
    """Seconds for which a daemon may write without renewing its right in PostgreSQL, and after which another one takes
    over. Longer than `aws.connect_timeout` by a fifth: a write has to leave before its right could end."""


class Tls(Group):
    """How a Dask cluster is reached that is not on this machine."""

    ca_file: str = ""
    """File with the certificates of those who may take part; empty for none, which only this machine may do."""
    cert_file: str = ""
    """File with the certificate of this process."""
    key_file: str = ""
    """File with its key. All three are PEM; a relative path starts at the settings file."""


class Scale(Group):
    """How much is done side by side, and where."""

    workers: int = Field(default=16, ge=1, le=256)
    """Threads for AWS calls. The calls wait for the network most of the time, so more than cores is right."""
    executor: str = Field(default="threads", pattern=r"^(threads|serial|dask://local|dask://[^/@\s]+:[0-9]{1,5})$")
    """Where targets are worked on: `threads` of this process, which goes far; `serial`, one call after the other;
    `dask://HOST:PORT`, the workers of a Dask scheduler; `dask://local`, workers that this process starts."""
    processes: int = Field(default=2, ge=1, le=64)
    """Worker processes of `dask://local`, which is for trying it out. Two: enough to see one take over."""
    tls: Tls = Tls()


class Web(Group):
    """What the daemon answers over HTTP: health, metrics, and webhooks that say *look*."""

    listen: Listen = "127.0.0.1:8480"
    """Address and port, or empty for none. This machine only: there is no TLS, so a proxy stands before it."""
    webhook_secret_file: str = ""
    """File with the secret of webhooks, read at each; a relative path starts here. Without one they are refused."""
    token_file: str = ""
    """File with who may use the API, a line `name:token` each, read at each request. Without one nobody may."""

"""What a pipeline would do: its execution semantics as a pure, deterministic engine in virtual time."""

"""Pure rules: no network, no disk, no clock."""

"""Which provider serves a model for a key of a mode. A real model is never replaced by the sandbox for a live key."""

from collections.abc import Mapping

from overdoor.domain.model import Model
from overdoor.errors import ModelNotSupported
from overdoor.providers.contract import Provider
from overdoor.units import Mode

SANDBOX = "sandbox"


class Providers:
    """Every configured provider, by its name in the catalogue."""

    def __init__(self, by_name: Mapping[str, Provider]) -> None:
        self._by_name = dict(by_name)

    def choose(self, model: Model, mode: Mode) -> Provider:
        """The provider for a new task: the sandbox for test keys, the model's own for live ones.

        Raises:
            ModelNotSupported: a live key names a sandbox model, or a model whose provider has no key here.
        """
        if mode == "test":
            return self._by_name[SANDBOX]
        if model.provider == SANDBOX:
            raise ModelNotSupported(model=model.id, hint="Models of the sandbox are for test keys (`sk_test_…`).")
        if model.provider not in self._by_name:
            raise ModelNotSupported(
                model=model.id,
                hint=f"This server has no `{model.provider}` provider yet; with a test key the sandbox answers.",
            )
        return self._by_name[model.provider]

    @property
    def names(self) -> frozenset[str]:
        """Every name that a stored task or a setting can use."""
        return frozenset(self._by_name)

    def named(self, name: str) -> Provider:
        """The provider that a stored task was given to.

        Raises:
            KeyError: it is no longer configured.
        """
        return self._by_name[name]

    def serves(self, model: Model, mode: Mode) -> bool:
        """True when `choose` would find one."""
        return mode == "test" or (model.provider != SANDBOX and model.provider in self._by_name)

    async def close(self) -> None:
        """Close every provider."""
        for provider in self._by_name.values():
            await provider.close()

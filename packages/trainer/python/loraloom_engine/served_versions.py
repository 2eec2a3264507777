"""The versions that the engine serves, by the names that they were loaded under."""

from collections.abc import Generator
from pathlib import Path

from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import LoadAdapter
from loraloom_engine.protocol.results import LoadAdapterResult
from loraloom_engine.whole.served_model import ServedVersion, load_version


class ServedVersions:
    """Adapters and whole models on one base."""

    def __init__(self) -> None:
        self._versions: dict[str, ServedVersion] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._versions

    def __getitem__(self, name: str) -> ServedVersion:
        """Raises EngineError ``adapter_not_loaded``."""
        if name not in self._versions:
            raise EngineError("adapter_not_loaded", f"The adapter {name} is not loaded here.")
        return self._versions[name]

    def load(self, base: Base, request: LoadAdapter) -> Generator[None, None, LoadAdapterResult]:
        """An adapter at once; a whole model takes many turns."""
        path = Path(request.path)
        version = ServedVersion(path, (yield from load_version(base, path)))
        self._versions.setdefault(request.adapter, version)
        return self.describe(request.adapter)

    def describe(self, name: str) -> LoadAdapterResult:
        """Raises EngineError ``adapter_not_loaded``."""
        return LoadAdapterResult(self[name].adapter.shape.parameters)

    def unload(self, name: str) -> None:
        del self._versions[name]

    def clear(self) -> None:
        self._versions.clear()

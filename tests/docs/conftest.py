"""The installed server of the contract tests, for pages whose examples run."""

from tests.contract.conftest import server as server

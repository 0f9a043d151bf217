"""The installed server of the contract tests, for pages whose examples run."""

from tests.contract import conftest as contract

server = contract.server

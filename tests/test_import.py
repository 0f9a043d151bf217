"""House rule: import does nothing."""

import json
import subprocess
import sys

_WATCH = '''
import importlib, json, pkgutil, sys, threading

deeds = []
import overdoor
ROOT = overdoor.__path__[0]


def by_us():
    """The module of ours whose top level is running and which did not merely import another."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return None
        if name.startswith(ROOT):
            return name
        frame = frame.f_back
    return None


def hook(event, arguments):
    if event in ("open", "socket.__new__", "_thread.start_new_thread", "subprocess.Popen", "sqlite3.connect"):
        module = by_us()
        if module is not None:
            deeds.append([event, repr(arguments[:1]), module])


sys.addaudithook(hook)
for module in pkgutil.walk_packages(overdoor.__path__, "overdoor."):
    if not module.name.endswith("__main__") and ".migrations." not in module.name:
        importlib.import_module(module.name)
print(json.dumps({"deeds": deeds, "threads": threading.active_count()}))
'''


def test_importing_any_module_opens_no_socket_no_file_and_no_thread() -> None:
    """Promise: design.md decision 10: import does nothing."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", _WATCH], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"deeds": [], "threads": 1}

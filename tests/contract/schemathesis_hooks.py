"""What generated requests cannot know from the document; `SCHEMATHESIS_HOOKS` names this module."""

from typing import Any
from uuid import uuid4

import schemathesis

_STRICT, _LOOSE = "Idempotency-Key", "X-Request-Id"


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """One name for a request, and a strict one never again for another: OpenAPI has no words for either."""
    headers = case.headers
    if not headers:
        return
    names = {name.lower(): name for name in headers}
    strict, loose = names.get(_STRICT.lower()), names.get(_LOOSE.lower())
    if strict is None:
        return
    if loose is not None:
        del headers[strict]
    elif headers[strict]:
        headers[strict] = uuid4().hex

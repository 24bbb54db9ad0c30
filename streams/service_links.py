"""Variables that Kubernetes adds to a container for each Service of its namespace.

A Service named `tidegate`, or `tidegate-worker`, so appears among the settings. What is added is
fixed: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

HOST: Final = "_SERVICE_HOST"
LINK: Final = re.compile(
    r"_SERVICE_HOST|_SERVICE_PORT(_[A-Z0-9_]+)?|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?"
)
"""How a variable goes on after the Service's name."""
ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://\S+", re.ASCII)
"""What only Kubernetes writes: without it, a variable in `_PORT` is a setting."""


def service_links(environment: Mapping[str, str]) -> frozenset[str]:
    """Gives the names of the variables that are Kubernetes' own.

    They come together: a name counts only beside the address of its Service, so that a misspelt
    setting does not. `TIDEGATE_METRICS_PORT` is one where its value is `tcp://...`.
    """
    services = {
        name.removesuffix(HOST)
        for name, value in environment.items()
        if name.endswith(HOST) and _is_address(value)
    }
    return frozenset(
        f"{service}{match[0]}"
        for service in services
        for name, value in environment.items()
        if name.startswith(service)
        and (match := LINK.fullmatch(name, len(service)))
        and (match[0] != "_PORT" or ADDRESS.fullmatch(value))
    )


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True

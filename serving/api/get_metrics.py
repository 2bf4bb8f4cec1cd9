"""GET /metrics"""

import hmac
import ipaddress

from fastapi import APIRouter, Request, Response

from serving.api.meters import CONTENT_TYPE, Meters
from serving.api.problems import NotFound

router = APIRouter(tags=["about"])

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@router.get("/metrics", include_in_schema=False)
def get_metrics(request: Request) -> Response:
    """Return the counters to a scraper on this machine, or to one with the token of ZHAOREN_METRICS_TOKEN.

    Behind a gateway on this machine everybody seems to be on it: what was forwarded needs the token.
    """
    meters: Meters = request.app.state.meters
    token: str | None = request.app.state.metrics_token
    sent = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if not (_is_local(request) or (token and hmac.compare_digest(sent, token.encode()))):
        raise NotFound
    return Response(meters.page(), media_type=CONTENT_TYPE)


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False

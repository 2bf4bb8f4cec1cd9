"""Single sign-on: a real provider's token says who, forged ones say nothing, unknown keys are asked for rarely."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import oidc_provider_mock
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from serving.access.callers import caller_of
from serving.access.fetching import NotFetched, check_address
from serving.access.members import begin_membership, end_memberships
from serving.access.oidc import AT_MOST_EVERY, KEYS_KEPT, SKEW, Provider
from serving.access.places import Level
from serving.access.roles import Role
from serving.store import open_store

NOW = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
ISSUER = "https://sso.city.gov"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())


def published(key, kid, **more):
    algorithm = jwt.algorithms.RSAAlgorithm if key is not CURVE_KEY else jwt.algorithms.ECAlgorithm
    return json.loads(algorithm.to_jwk(key.public_key())) | {"kid": kid} | more


class Website:
    """What the provider publishes, and how often it was asked."""

    def __init__(self, *keys):
        self.keys = list(keys) or [published(KEY, "k1"), published(CURVE_KEY, "ec")]
        self.issuer = ISSUER
        self.is_down = False
        self.asked = 0

    def __call__(self, url):
        if self.is_down:
            raise NotFetched("down")
        if url.endswith("openid-configuration"):
            self.asked += 1
            return {"issuer": self.issuer, "jwks_uri": f"{ISSUER}/keys"}
        return {"keys": self.keys}


def provider(website=None, **changes):
    return Provider(
        **{"issuer": ISSUER, "audience": "zhaoren", "fetch": website or Website()} | changes
    )


def token(key=KEY, algorithm="RS256", kid="k1", headers=(), **claims):
    whole = {
        "iss": ISSUER,
        "aud": "zhaoren",
        "sub": "w1",
        "iat": NOW,
        "exp": NOW + timedelta(minutes=5),
    } | claims
    kept = {name: value for name, value in whole.items() if value is not None}
    named = {} if kid is None else {"kid": kid}
    return jwt.encode(kept, key, algorithm=algorithm, headers=named | dict(headers))


def unsigned(header, claims):
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header, claims)
    ]
    return ".".join([*parts, ""])


PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def hs_with_the_public_key():
    """The old confusion of algorithms: the public key as a shared secret."""
    signed = unsigned({"alg": "HS256", "kid": "k1"}, claims()).rstrip(".")
    digest = hmac.new(PEM, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def claims(**changes):
    return {
        "iss": ISSUER,
        "aud": "zhaoren",
        "sub": "w1",
        "exp": int((NOW + timedelta(minutes=5)).timestamp()),
    } | changes


FORGED = {
    "no signature": unsigned({"alg": "none", "kid": "k1"}, claims()),
    "no signature, oddly spelt": unsigned({"alg": "nOnE", "kid": "k1"}, claims()),
    "the public key as a secret": hs_with_the_public_key(),
    "a secret of its own": token(b"x" * 64, "HS256"),
    "another's key under our name": token(OTHER_KEY),
    "a key nobody published": token(OTHER_KEY, kid="k9"),
    "a key name that is a path": token(OTHER_KEY, kid="../../dev/null"),
    "a key name that is no name": token(KEY, kid=None, headers={"kid": "k1\0"}.items()),
    "no key name where there are two keys": token(kid=None),
    "a curve's key for another algorithm": token(KEY, "RS256", kid="ec"),
    "its own key in the header": token(
        OTHER_KEY, headers={"jwk": published(OTHER_KEY, "k1")}.items()
    ),
    "its own keys' address in the header": token(
        OTHER_KEY, headers={"jku": "https://evil.example/keys"}.items()
    ),
    "something that must be understood": token(headers={"crit": ["exp"]}.items()),
    "another issuer": token(iss="https://evil.example"),
    "the issuer with a slash": token(iss=f"{ISSUER}/"),
    "no issuer": token(iss=None),
    "another audience": token(aud="other"),
    "no audience": token(aud=None),
    "expired": token(exp=NOW - SKEW),
    "never expires": token(exp=None),
    "not yet": token(nbf=NOW + SKEW + timedelta(seconds=1)),
    "made tomorrow": token(iat=NOW + timedelta(days=1)),
    "nobody": token(sub=None),
    "an empty name": token(sub=""),
    "a name too long": token(sub="w" * 65),
    "a name with a line break": token(sub="w1\nw2"),
    "changed afterwards": token()[:-8] + "AAAAAAAA",
    "another's claims under its signature": ".".join(
        [token().split(".")[0], token(sub="w2").split(".")[1], token().split(".")[2]]
    ),
    "too long": token(filler="x" * 17_000),
    "not a token": "abc",
    "nothing": "",
    "dots": "..",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_nobodys(forged):
    assert provider().worker_of(forged, NOW) is None


@pytest.mark.parametrize(
    "good",
    {
        "plain": token(),
        "a curve": token(CURVE_KEY, "ES256", kid="ec"),
        "several audiences": token(aud=["other", "zhaoren"]),
        "just expired": token(exp=NOW - SKEW + timedelta(seconds=1)),
        "about to begin": token(nbf=NOW + SKEW),
    }.items(),
    ids=lambda pair: pair[0],
)
def test_a_good_token_is_its_workers(good):
    assert provider().worker_of(good[1], NOW) == "w1"


def test_the_worker_is_in_the_claim_that_is_set():
    asked = provider(worker_claim="employee")

    assert asked.worker_of(token(employee="w7"), NOW) == "w7"
    assert asked.worker_of(token(), NOW) is None


def test_unknown_key_names_are_asked_for_once_a_minute_at_most():
    website = Website()
    asked = provider(website)
    for number in range(50):
        asked.worker_of(token(OTHER_KEY, kid=f"k{number + 100}"), NOW)
    assert website.asked == 1

    website.keys.append(published(OTHER_KEY, "k2"))
    assert asked.worker_of(token(OTHER_KEY, kid="k2"), NOW) is None
    later = NOW + AT_MOST_EVERY
    assert asked.worker_of(token(OTHER_KEY, kid="k2"), later) == "w1"


def test_a_key_the_provider_withdrew_ends_within_the_hour():
    website = Website()
    asked = provider(website)
    lasting = token(exp=NOW + timedelta(hours=5))
    assert asked.worker_of(lasting, NOW) == "w1"

    website.keys = [published(CURVE_KEY, "ec")]
    assert asked.worker_of(lasting, NOW + KEYS_KEPT - timedelta(seconds=1)) == "w1"
    assert asked.worker_of(lasting, NOW + KEYS_KEPT) is None


def test_a_provider_that_is_down_locks_out_nobody_it_has_vouched_for():
    website = Website()
    asked = provider(website)
    assert asked.worker_of(token(), NOW) == "w1"

    website.is_down = True
    assert asked.worker_of(token(exp=NOW + timedelta(hours=5)), NOW + KEYS_KEPT) == "w1"
    assert provider(website).worker_of(token(), NOW) is None


def test_a_site_that_names_another_issuer_is_not_believed():
    website = Website()
    website.issuer = "https://evil.example"

    assert provider(website).worker_of(token(), NOW) is None


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 64).decode(), "kid": "k1"},
        published(KEY, "k1", use="enc"),
        {"kty": "RSA", "kid": "k1", "n": "!", "e": "AQAB"},
        "no key",
    ],
)
def test_keys_that_may_not_verify_are_left_out(key):
    assert provider(Website(key)).worker_of(token(), NOW) is None
    assert provider(Website(key)).worker_of(token(b"x" * 64, "HS256"), NOW) is None


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://sso.city.gov", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost/x", True),
        ("http://[::1]/x", True),
        ("http://sso.city.gov", False),
        ("http://10.0.0.1", False),
        ("https://user:geheim@sso.city.gov", False),
        ("file:///etc/passwd", False),
        ("https://", False),
    ],
)
def test_keys_are_fetched_over_https_or_from_this_machine(url, is_allowed):
    if is_allowed:
        check_address(url)
        return
    with pytest.raises(ValueError, match="http"):
        check_address(url)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_real_provider_vouches_for_somebody_and_membership_says_the_rest(home):
    user = oidc_provider_mock.User(sub="w42")
    with oidc_provider_mock.run_server_in_thread(user_claims=[user]) as server:
        issuer = f"http://localhost:{server.server_port}"
        bearer = signed_in(issuer, "w42")
        asked = Provider(issuer=issuer, audience="zhaoren")
        now = datetime.now(UTC)
        store = open_store(home)

        def caller():
            with store.read() as read:
                return caller_of(read, bearer=bearer, now=now, worker_of=asked.worker_of)

        assert caller() is None
        with store.write() as work:
            begin_membership(
                work,
                worker_id="w42",
                role=Role.SUPERVISOR,
                level=Level.STREET,
                place_id="s1",
                now=now,
            )
        assert (caller().worker_id, caller().role) == ("w42", Role.SUPERVISOR)
        with store.write() as work:
            end_memberships(work, worker_id="w42", now=now)
        assert caller() is None
        assert Provider(issuer=issuer, audience="another").worker_of(bearer, now) is None
        store.close()


def signed_in(issuer, sub):
    """Go through the provider's own sign-in and return the token it gives."""
    back = "http://localhost:1/back"
    with httpx2.Client(trust_env=False) as client:
        answer = client.post(
            f"{issuer}/oauth2/authorize",
            params={
                "client_id": "zhaoren",
                "response_type": "code",
                "scope": "openid",
                "redirect_uri": back,
            },
            data={"sub": sub},
        )
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        tokens = client.post(
            f"{issuer}/oauth2/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back,
                "client_id": "zhaoren",
                "client_secret": "any",
            },
        )
    return tokens.json()["id_token"]

"""What the pages ask of the provider, and what of its answers they take: the browser's part is in tests/browser."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from serving.access.fetching import NotAccepted, NotFetched
from serving.access.oidc import Provider
from serving.access.sign_on import Failure, NotSignedOn, SignOn, state_of
from tests.serving.test_oidc import ISSUER, KEY, NOW, OTHER_KEY, published

BACK = "https://zhaoren.city.gov/pages/sign-on/back"
PLACES = {
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


class Bureau:
    """A provider that answers as told, and what it was sent."""

    def __init__(self, *, places=PLACES, secret=None, **claims):
        self.places, self.claims, self.key = places, claims, KEY
        self.answer, self.posted = None, []
        provider = Provider(issuer=ISSUER, audience="zhaoren", fetch=self.fetch)
        self.sign_on = SignOn(provider=provider, client_secret=secret, post=self.post)

    def fetch(self, url):
        if self.places is None:
            raise NotFetched("down")
        described = {"issuer": ISSUER, **self.places}
        return {"keys": [published(KEY, "k1")]} if url == f"{ISSUER}/keys" else described

    def post(self, url, form, *, login):
        self.posted.append((url, form, login))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if self.answer is not None else {"id_token": self.token()}

    def token(self):
        claims = {"iss": ISSUER, "aud": "zhaoren", "sub": "w1", "nonce": self.nonce}
        times = {"iat": NOW, "exp": NOW + timedelta(minutes=5)}
        return jwt.encode(claims | times | self.claims, self.key, "RS256", headers={"kid": "k1"})

    def begin(self, secret="s"):
        there = self.sign_on.begin(secret=secret, back=BACK, now=NOW)
        self.nonce = parse_qs(urlsplit(there).query)["nonce"][0]
        return there

    def finish(self, secret="s", state=None, code="c"):
        state = state_of(secret) if state is None else state
        return self.sign_on.finish(secret=secret, state=state, code=code, back=BACK, now=NOW)


def why(call):
    with pytest.raises(NotSignedOn) as failed:
        call()
    return failed.value.failure


def test_somebody_who_signed_in_is_named_and_the_code_shown_with_its_proof():
    bureau = Bureau()
    there = urlsplit(bureau.begin())

    assert bureau.finish() == "w1"
    assert there.netloc == "sso.city.gov"
    [(url, form, login)] = bureau.posted
    assert url == f"{ISSUER}/token"
    assert (form["client_id"], form["code"], form["redirect_uri"]) == ("zhaoren", "c", BACK)
    assert 43 <= len(form["code_verifier"]) <= 128
    assert form["code_verifier"] not in there.query
    assert login is None


def test_a_client_with_a_secret_shows_it_and_nothing_else_of_itself():
    bureau = Bureau(secret="a b")
    bureau.begin()
    bureau.finish()

    [(_, form, login)] = bureau.posted
    assert login == ("zhaoren", "a+b")
    assert "client_id" not in form


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"aud": "another"},
        {"iss": "https://elsewhere"},
        {"exp": NOW - timedelta(hours=1)},
        {"sub": ""},
    ],
)
def test_a_token_that_was_not_made_for_this_sign_in_names_nobody(claims):
    bureau = Bureau(**claims)
    bureau.begin()

    assert why(bureau.finish) is Failure.NOBODY


def test_a_token_of_another_key_or_none_names_nobody():
    bureau = Bureau()
    bureau.begin()
    bureau.key = OTHER_KEY
    assert why(bureau.finish) is Failure.NOBODY

    bureau.answer = {"access_token": "x"}
    assert why(bureau.finish) is Failure.NOBODY


@pytest.mark.parametrize("state", ["", "made up", state_of("another"), "é"])
def test_a_state_that_is_not_of_this_browser_goes_no_further(state):
    bureau = Bureau()
    bureau.begin()

    assert why(lambda: bureau.finish(state=state)) is Failure.NOT_BEGUN
    assert why(lambda: bureau.finish(secret="", state=state_of(""))) is Failure.NOT_BEGUN
    assert bureau.posted == []


def test_what_the_provider_says_about_itself_decides_what_is_told():
    bureau = Bureau()
    bureau.begin()
    assert why(lambda: bureau.finish(code=None)) is Failure.DECLINED
    bureau.answer = NotAccepted("400")
    assert why(bureau.finish) is Failure.CODE
    bureau.answer = NotFetched("down")
    assert why(bureau.finish) is Failure.UNREACHABLE


@pytest.mark.parametrize(
    "places", [None, {}, PLACES | {"authorization_endpoint": "http://elsewhere.example/x"}]
)
def test_nobody_is_sent_where_a_password_should_not_be_typed(places):
    assert why(lambda: Bureau(places=places).begin()) is Failure.UNREACHABLE


def test_an_address_with_a_question_in_it_keeps_it():
    bureau = Bureau(places=PLACES | {"authorization_endpoint": f"{ISSUER}/go?tenant=a"})

    assert parse_qs(urlsplit(bureau.begin()).query)["tenant"] == ["a"]

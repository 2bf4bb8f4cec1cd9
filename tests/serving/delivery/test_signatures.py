"""What a receiver with the Standard Webhooks library accepts of us, and what it must not."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from serving.delivery.signing import secret_bytes, sign
from tests.serving.receiver import KEY

SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
OTHER = bytes(range(50, 82))
BODY = b'{"id": "msg_1", "data": {"lists": [{"role": "grid_worker", "entries": 3}]}}'


def signed(*, message_id="msg_1", shift=0, body=BODY, keys=(KEY,)):
    """Return what is sent: the body and its headers, ``shift`` seconds from now."""
    timestamp = int(datetime.now(UTC).timestamp()) + shift
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            sign(key=key, message_id=message_id, timestamp=timestamp, body=body) for key in keys
        ),
    }
    return body, headers


def verify(body, headers, secret=SECRET):
    return Webhook(secret).verify(body, headers, json_parse=False)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"shift": -280},
        {"shift": 280},
        {"message_id": "msg.with.dots"},
        {"message_id": "a"},
        {"keys": (KEY, OTHER)},
        {"keys": (OTHER, KEY)},
        {"body": b"{}"},
        {"body": '{"x": "家"}'.encode()},
        {"body": b'{"a": 1.0, "b": [ ]}\n'},
    ],
    ids=str,
)
def test_what_we_sign_verifies(sent):
    verify(*signed(**sent))


def altered(**headers):
    def alter(sent):
        body, said = sent
        return body, said | {name.replace("_", "-"): value for name, value in headers.items()}

    return alter


def without(name):
    return lambda sent: (sent[0], {key: value for key, value in sent[1].items() if key != name})


def with_signature(change):
    return lambda sent: (
        sent[0],
        sent[1] | {"webhook-signature": change(sent[1]["webhook-signature"])},
    )


TAMPERED = {
    "another body": lambda sent: (sent[0].replace(b"3", b"4"), sent[1]),
    "a body with a space more": lambda sent: (sent[0] + b" ", sent[1]),
    "a body written anew": lambda sent: (sent[0].replace(b": ", b":"), sent[1]),
    "no body": lambda sent: (b"", sent[1]),
    "another id": altered(webhook_id="msg_2"),
    "an id with its dot moved": altered(webhook_id="msg_1.1"),
    "an empty id": altered(webhook_id=""),
    "no id": without("webhook-id"),
    "no time": without("webhook-timestamp"),
    "no signature": without("webhook-signature"),
    "a time that is none": altered(webhook_timestamp="soon"),
    "a time a second later": lambda sent: altered(
        webhook_timestamp=str(int(sent[1]["webhook-timestamp"]) + 1)
    )(sent),
    "an empty signature": altered(webhook_signature=""),
    "a signature of another version": with_signature(lambda told: told.replace("v1,", "v2,")),
    "a signature without version": with_signature(lambda told: told.removeprefix("v1,")),
    "a signature cut short": with_signature(lambda told: told[:-4]),
    "a signature in capitals": with_signature(str.upper),
    "a signature of nothing": altered(webhook_signature="v1,"),
    "another's signature": lambda sent: (sent[0], signed(keys=(OTHER,))[1]),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_altered_does_not(how):
    with pytest.raises((WebhookVerificationError, ValueError)):
        verify(*TAMPERED[how](signed()))


@pytest.mark.parametrize("shift", [-360, 360])
def test_what_is_six_minutes_off_does_not(shift):
    with pytest.raises(WebhookVerificationError):
        verify(*signed(shift=shift))


def test_the_old_secret_no_longer_verifies_once_the_replacement_is_over():
    before = f"whsec_{base64.b64encode(OTHER).decode()}"
    verify(*signed(keys=(KEY, OTHER)), secret=before)

    with pytest.raises(WebhookVerificationError):
        verify(*signed(keys=(KEY,)), secret=before)


def test_both_sides_read_a_secret_alike():
    assert secret_bytes(SECRET) == KEY == Webhook(SECRET)._whsecret

"""What the document cannot say, so that what is generated from it is as good, or as bad, as it claims to be.

A case that is changed here is judged anew: what becomes valid by it has to be accepted.
"""

import hashlib
import hmac
import json
import os
import time
from base64 import b64encode
from datetime import UTC, date, datetime

import schemathesis
from hypothesis import strategies as st
from schemathesis.core import NOT_SET

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}
NOBODY = "0" * 16
NOW = datetime.now(UTC)

schemathesis.openapi.format("iso-4217", st.sampled_from(["USD", "EUR", "jpy", "KWD", "CLF", ""]))


@schemathesis.serializer("text/csv")
def csv(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    if operation == "revokeKey" and case.path_parameters.get("keyId") == os.environ["OWN_KEY"]:
        # The run's own key opens everything that follows.
        case.path_parameters["keyId"] = NOBODY
    if operation == "eraseEntry" and case.path_parameters.get("entryId") == os.environ["JANE"]:
        # So does Jane, whose code the others use.
        case.path_parameters["entryId"] = os.environ["ERASED"]
    if operation == "changeEntry" and isinstance(case.body, dict) and case.path_parameters.get("entryId") not in os.environ["ENTRIES"]:
        # Whether an entry is known by its phone, which cannot be changed, is known of these alone.
        case.body = {name: value for name, value in case.body.items() if name != "phone"}
    if operation == "showStandings" and (moment((case.query or {}).get("at")) or NOW) > NOW:
        # What has yet to come cannot be told.
        case.query["at"] = NOW.isoformat()
    if operation in SIGNERS:
        header, sign = SIGNERS[operation]
        # A probe that has no signature, or one of its own, goes without.
        if case.headers.get(header) == TO_BE_SIGNED:
            case.headers[header] = sign(sent(case))
    elif isinstance(case.body, dict):
        case.body = RULES.get(operation, lambda body: body)(plain(case.body))


def plain(value):
    """The server trims text before it looks at it."""
    if isinstance(value, str):
        return value.strip(SPACE)
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def is_number(value, most):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= most


def rounded(value, most, decimals):
    """How many decimals there may be depends on the currency, and a multiple of 0.0001 is no number that a computer has."""
    return max(round(value, decimals), 10**-decimals) if is_number(value, most) else value


def sale(body):
    if "amount" in body:
        decimals = DECIMALS.get(str(body.get("currency") or "USD").upper(), 2)
        body["amount"] = rounded(body["amount"], 10**9, decimals)
    return body


def refund(body):
    """No more goes back than an order cost, and only of this one is it known what."""
    if body.get("orderId") != os.environ["SOLD"] and is_number(body.get("amount"), 10**9):
        del body["amount"]
    return sale(body)


def contest(body):
    # One after the other.
    start, end = moment(body.get("startDate")), moment(body.get("endDate"))
    if start and end and start >= end:
        body["endDate"] = None
    settings = body.get("settings")
    if isinstance(settings, dict):
        bonus_actions(settings.get("bonusActions"))
        purchase = settings.get("points")
        purchase = purchase.get("purchase") if isinstance(purchase, dict) else None
        if isinstance(purchase, dict):
            rates(purchase, ["minAmount"])
            rates(purchase.get("perUnit"), ["advocate", "friend"])
    return body


def change(body):
    """Whether one of them alone is before the other depends on the other, which is in the store."""
    if (body.get("startDate") is None) != (body.get("endDate") is None):
        for name in ("startDate", "endDate"):
            if moment(body.get(name)):
                del body[name]
    return contest(body)


def rates(of, names):
    for name in names:
        if isinstance(of, dict) and name in of:
            of[name] = rounded(of[name], 10**6, 4)


def bonus_actions(actions):
    """Each of an id of its own."""
    for n, action in enumerate(actions if isinstance(actions, list) else []):
        if isinstance(action, dict) and any(isinstance(other, dict) and other.get("id") == action.get("id") for other in actions[:n]):
            if isinstance(action.get("id"), str) and action["id"]:
                action["id"] = f"{action['id'][:60]}-{n}"


def moment(text):
    try:
        if "T" in text.upper():
            return datetime.fromisoformat(text).astimezone(UTC)
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None


def own_team(body):
    """A key makes keys for its own team."""
    if isinstance(body.get("team"), str) and body["team"]:
        body["team"] = "demo"
    return body


RULES = {
    "createContest": contest, "changeContest": change, "previewContest": lambda body: sale(change(body)), "createKey": own_team, "reportPurchase": sale, "reportOrder": sale,
    "trackPurchase": sale, "reportRefund": refund,
}


def sent(case):
    """The body as it is sent, byte by byte."""
    return json.dumps(case.body, allow_nan=False).encode() if case.body is not NOT_SET else b""


def signed(message):
    return hmac.new(os.environ["SIGNING_SECRET"].encode(), message, hashlib.sha256)


def by_stripe(body):
    at = str(int(time.time()))
    return f"t={at},v1={signed(at.encode() + b'.' + body).hexdigest()}"


def by_shopify(body):
    return b64encode(signed(body).digest()).decode()


TO_BE_SIGNED = "to be signed"
SIGNERS = {"reportByStripe": ("Stripe-Signature", by_stripe), "reportByShopify": ("X-Shopify-Hmac-Sha256", by_shopify)}

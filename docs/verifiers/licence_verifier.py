"""Verifies Nicobar's licence tokens offline. Python 3.8 or newer, nothing to install: copy this file.

    claims = verify(token, jwks, revocations=None)      # dict, or raises Refused

`jwks` is the parsed JWKS file that `nicobar license jwks` prints. `revocations` is the text that `nicobar license revocations` prints, or None.
With PyJWT at hand, `jwt.decode(token, key, algorithms=["EdDSA"])` does the signature and the expiry; `typ` and the revocation list are then yours to check.
"""
import base64, hashlib, json, time

LEEWAY_SECONDS = 60  # how far clocks may differ


class Refused(Exception):
    """Why a token proves nothing, in one word."""


def verify(token, jwks, revocations=None, now=None):
    now = time.time() if now is None else now
    claims = _signed(token, "licence+jwt", jwks)
    if not (isinstance(claims.get("sub"), str) and claims["sub"] and isinstance(claims.get("features"), list)
            and all(type(claims.get(name)) is int for name in ("seats", "iat", "exp", "epoch"))):
        raise Refused("claims")
    if claims["iat"] > now + LEEWAY_SECONDS:
        raise Refused("not-yet-valid")
    if now - LEEWAY_SECONDS >= claims["exp"]:
        raise Refused("expired")
    if revocations is not None:
        revoked = _signed(revocations, "revocations+jwt", jwks)
        if now - LEEWAY_SECONDS >= revoked["exp"]:
            raise Refused("stale-list")
        if claims["epoch"] < revoked["revoked"].get(claims["sub"], 0):
            raise Refused("revoked")
    return claims


def _signed(text, typ, jwks):
    try:
        head, body, signature = text.split(".")
        header, payload, signature = json.loads(_bytes(head)), _bytes(body), _bytes(signature)
        if not isinstance(header, dict):
            raise ValueError
    except ValueError:
        raise Refused("malformed") from None
    if header.get("alg") != "EdDSA":
        raise Refused("algorithm")
    if header.get("typ") != typ:
        raise Refused("type")
    if "crit" in header:
        raise Refused("malformed")
    keys = {key.get("kid"): key for key in jwks["keys"] if key.get("kty") == "OKP" and key.get("crv") == "Ed25519"}
    kid = header.get("kid")
    if not isinstance(kid, str) or kid not in keys:
        raise Refused("unknown-key")
    if not _ed25519(_bytes(keys[kid]["x"]), (head + "." + body).encode("ascii"), signature):
        raise Refused("signature")
    try:
        claims = json.loads(payload)
        if not isinstance(claims, dict):
            raise ValueError
    except ValueError:
        raise Refused("claims") from None
    return claims


def _bytes(text):  # base64url without padding; Python's own decoder is lenient, so what it gives must encode to the same text
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError
    return data


# Ed25519 (RFC 8032, 5.1): verifying only, so nothing here is secret and its time does not matter. Points are (X, Y, Z, T).
_P, _L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(n, point):
    result = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = _add(result, point)
        point, n = _add(point, point), n >> 1
    return result


def _point(data):
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or (x * x - square) % _P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return x, y, 1, x * y % _P


def _ed25519(public, message, signature):
    a = _point(public) if len(public) == 32 else None
    if a is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= _L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    base = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    x, y, z, _ = _add(_times(s, base), _times(k, (_P - a[0], a[1], 1, _P - a[3])))  # must be R = sB - kA
    inverse = pow(z, _P - 2, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little") == signature[:32]


if __name__ == "__main__":
    import sys
    lists = [open(path).read().strip() for path in sys.argv[2:3]]
    print(json.dumps(verify(sys.stdin.read().strip(), json.load(open(sys.argv[1])), *lists), indent=2))

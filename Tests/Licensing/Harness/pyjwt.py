# Holds tokens against PyJWT: prints how many good ones it takes and which forgeries it takes.
import json, sys
import jwt

file = json.load(open(sys.argv[1]))
keys = {key.key_id: key.key for key in jwt.PyJWKSet.from_dict(file["jwks"]).keys}


def accepts(token):
    try:
        header = jwt.get_unverified_header(token)
        jwt.decode(token, keys[header["kid"]], algorithms=["EdDSA"], options={"require": ["exp", "iat", "sub"]})
        return header.get("typ") == "licence+jwt"
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        return False


print(json.dumps({
    "version": jwt.__version__,
    "good": sum(accepts(token) for token in file["good"]),
    "taken": [index for index, token in enumerate(file["forged"]) if accepts(token)],
}))

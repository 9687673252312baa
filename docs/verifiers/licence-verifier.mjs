// Verifies Nicobar's licence tokens offline. Node 18 or newer, nothing to install: copy this file.
//
//     const claims = verify(token, jwks, { revocations })      // an object, or throws Refused
//
// `jwks` is the parsed JWKS file that `nicobar license jwks` prints. `revocations` is the text that `nicobar license revocations` prints, or left out.
import { createPublicKey, verify as verifySignature } from "node:crypto";

const LEEWAY_SECONDS = 60; // how far clocks may differ

/** Why a token proves nothing, in one word. */
export class Refused extends Error {}

export function verify(token, jwks, { revocations, now = Date.now() / 1000 } = {}) {
  const claims = signed(token, "licence+jwt", jwks);
  const whole = ["seats", "iat", "exp", "epoch"].every((name) => Number.isInteger(claims[name]));
  if (typeof claims.sub !== "string" || !claims.sub || !Array.isArray(claims.features) || !whole) throw new Refused("claims");
  if (claims.iat > now + LEEWAY_SECONDS) throw new Refused("not-yet-valid");
  if (now - LEEWAY_SECONDS >= claims.exp) throw new Refused("expired");
  if (revocations !== undefined) {
    const list = signed(revocations, "revocations+jwt", jwks);
    if (now - LEEWAY_SECONDS >= list.exp) throw new Refused("stale-list");
    if (Object.hasOwn(list.revoked, claims.sub) && claims.epoch < list.revoked[claims.sub]) throw new Refused("revoked");
  }
  return claims;
}

function signed(text, typ, jwks) {
  const parts = String(text).split(".");
  if (parts.length !== 3) throw new Refused("malformed");
  const [head, payload, signature] = parts.map(bytes), header = object(head, "malformed");
  if (header.alg !== "EdDSA") throw new Refused("algorithm");
  if (header.typ !== typ) throw new Refused("type");
  if ("crit" in header) throw new Refused("malformed");
  const jwk = jwks.keys.find((key) => key.kty === "OKP" && key.crv === "Ed25519" && typeof key.kid === "string" && key.kid === header.kid);
  if (!jwk) throw new Refused("unknown-key");
  const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: "jwk" });
  if (!verifySignature(null, Buffer.from(`${parts[0]}.${parts[1]}`), key, signature)) throw new Refused("signature");
  return object(payload, "claims");
}

/** Base64url without padding; Node's own decoder is lenient, so what it gives must encode to the same text. */
function bytes(text) {
  const data = Buffer.from(text, "base64url");
  if (data.toString("base64url") !== text) throw new Refused("malformed");
  return data;
}

function object(data, word) {
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch {
    throw new Refused(word);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refused(word);
  return value;
}

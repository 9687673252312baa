// Runs docs/verifiers/licence-verifier.mjs over a vector file; prints name -> accepted, or the word of the refusal.
import { readFileSync } from "node:fs";
const { verify, Refused } = await import(process.argv[2] + "/licence-verifier.mjs");

const file = JSON.parse(readFileSync(process.argv[3]));
const said = {};
for (const { name, token, now, revocations } of file.vectors) {
  try {
    said[name] = verify(token, file.jwks, { revocations, now }) && "accepted";
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    said[name] = refusal.message;
  }
}
console.log(JSON.stringify(said));

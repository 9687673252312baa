# Runs docs/verifiers/licence_verifier.py over a vector file; prints name -> accepted, or the word of the refusal.
import json, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from licence_verifier import Refused, verify

file = json.load(open(sys.argv[2]))
said = {}
for vector in file["vectors"]:
    try:
        said[vector["name"]] = verify(vector["token"], file["jwks"], vector.get("revocations"), vector["now"]) and "accepted"
    except Refused as refusal:
        said[vector["name"]] = str(refusal)
print(json.dumps(said))

#!/usr/bin/env python3
"""Checks an export of dieuphoi's audit trail (docs/audit-format.md).
Usage: verify_audit.py FILE [SEQ HASH], where SEQ HASH is an anchor that was kept elsewhere."""
import hashlib, json, sys

FIELDS = "seq at actor_id actor action object_kind object address request_id detail previous".split()
anchor = (int(sys.argv[2]), sys.argv[3]) if len(sys.argv) > 3 else None
seq, previous = None, "0" * 64
for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    entry = json.loads(line)
    if seq is None:  # an export may begin in the middle: its first link is taken on trust
        seq, previous = entry["seq"] - 1, previous if entry["seq"] == 1 else entry["previous"]
    seq += 1
    text = json.dumps([str(entry[f]) for f in FIELDS], ensure_ascii=False, separators=(",", ":"))
    found = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if entry["seq"] != seq or entry["previous"] != previous or entry["hash"] != found:
        sys.exit(f"broken at {seq}")
    if anchor and anchor[0] == seq and anchor[1] != found:
        sys.exit(f"broken before {seq}: not the anchor")
    previous = found
if anchor and anchor[0] > (seq or 0):
    sys.exit(f"broken: the trail ends at {seq or 0}, before the anchor")
print(f"whole: up to {seq or 0}, {previous}")

// What a browser and its push service do with a message, by another cryptography than ours (Node's,
// which is OpenSSL): RFC 8291 unsealed, RFC 8292 proved. stdin: {body, header, private, auth}.
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const given = JSON.parse(readFileSync(0, "utf8"));
const raw = (text) => Buffer.from(text, "base64url");

const body = raw(given.body);
const salt = body.subarray(0, 16);
const size = body.readUInt32BE(16);
const theirs = body.subarray(21, 21 + body[20]);
const sealed = body.subarray(21 + body[20]);
const own = createECDH("prime256v1");
own.setPrivateKey(raw(given.private));
const info = Buffer.concat([Buffer.from("WebPush: info\0"), own.getPublicKey(), theirs]);
const input = Buffer.from(hkdfSync("sha256", own.computeSecret(theirs), raw(given.auth), info, 32));
const key = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: aes128gcm\0", 16));
const nonce = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: nonce\0", 12));
const cipher = createDecipheriv("aes-128-gcm", key, nonce);
cipher.setAuthTag(sealed.subarray(-16));
const record = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
if (record.at(-1) !== 2) throw new Error("not the last record");

const [, said, signature, point] = /^vapid t=([\w-]+\.[\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(given.header);
const [x, y] = [raw(point).subarray(1, 33), raw(point).subarray(33)].map((it) => it.toString("base64url"));
const signer = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
const fine = verify("sha256", Buffer.from(said), { key: signer, dsaEncoding: "ieee-p1363" }, raw(signature));
if (!fine) throw new Error("the statement is not signed by that key");

console.log(JSON.stringify({
  size,
  message: JSON.parse(record.subarray(0, -1).toString("utf8")),
  claims: JSON.parse(raw(said.split(".")[1]).toString("utf8")),
  key: point,
}));

import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import type { EncodingType, SSHPublicKeyMetadata } from "@aws-sdk/client-iam";
import { Fault } from "../../kernel/fault.ts";
import type { KeyOwner } from "./access-keys.ts";
import { credentialStatus } from "./owned-credentials.ts";
import type { SshPublicKeyRow } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** IAM User Guide, "IAM and STS quotas". */
export const mostKeysPerUser = 5;

const keyType = "ssh-rsa";
/** UploadSSHPublicKey: "The minimum bit-length of the public key is 2048 bits." */
const fewestBits = 2048;

/**
 * Reads a public key, in the encoding of OpenSSH or in PEM.
 * @throws InvalidPublicKey for what is neither, is not RSA, or is shorter than 2048 bits.
 */
export function readPublicKey(body: string): KeyObject {
  const key = body.startsWith("-----BEGIN") ? fromPem(body) : fromOpenSsh(body);
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key?.asymmetricKeyType !== "rsa" || bits < fewestBits) {
    throw new Fault("InvalidPublicKey", "The public key is malformed or otherwise invalid.");
  }
  return key;
}

/** The key as `encoding` has it. A key that was given in OpenSSH's encoding comes back as it came. */
export function encodePublicKey(body: string, encoding: EncodingType): string {
  const inPem = body.startsWith("-----BEGIN");
  if (encoding === "SSH")
    return inPem ? `${keyType} ${wireForm(readPublicKey(body)).toString("base64")}` : body;
  return inPem ? body : String(readPublicKey(body).export({ type: "spki", format: "pem" })).trimEnd();
}

/** The MD5 of the key in OpenSSH's wire form, as `ssh-keygen -E md5` shows it: `0f:1e:…`. */
export function fingerprint(key: KeyObject): string {
  const hex = createHash("md5").update(wireForm(key)).digest("hex");
  return (hex.match(/../g) ?? []).join(":");
}

/** A key as ListSSHPublicKeys shows it. */
export function apiSshPublicKey(row: SshPublicKeyRow, owner: KeyOwner): SSHPublicKeyMetadata {
  return {
    UserName: owner.name,
    SSHPublicKeyId: row.id,
    Status: credentialStatus(row),
    UploadDate: wholeSeconds(row.created_at),
  };
}

function fromPem(body: string): KeyObject | undefined {
  try {
    return createPublicKey(body);
  } catch {
    return undefined;
  }
}

/** RFC 4253, section 6.6: the type, the exponent and the modulus, each after its length. */
function fromOpenSsh(body: string): KeyObject | undefined {
  const [type, text = ""] = body.trim().split(/\s+/);
  if (type !== keyType) return undefined;
  const parts = fields(Buffer.from(text, "base64"));
  const [name, exponent, modulus] = parts ?? [];
  if (parts?.length !== 3 || name?.toString() !== keyType) return undefined;
  const unsigned = (number: Buffer | undefined) => number?.toString("base64url") ?? "";
  try {
    return createPublicKey({
      key: { kty: "RSA", e: unsigned(exponent), n: unsigned(withoutSign(modulus)) },
      format: "jwk",
    });
  } catch {
    return undefined;
  }
}

function wireForm(key: KeyObject): Buffer {
  const { e = "", n = "" } = key.export({ format: "jwk" });
  const number = (text: string): Buffer => {
    const bytes = Buffer.from(text, "base64url");
    // A number whose first bit is set would be negative.
    return (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  };
  return Buffer.concat(
    [Buffer.from(keyType), number(e), number(n)].flatMap((part) => [lengthOf(part), part]),
  );
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}

function withoutSign(number: Buffer | undefined): Buffer | undefined {
  return number?.[0] === 0 ? number.subarray(1) : number;
}

/** The fields of a wire form; `undefined` when a length goes beyond its end. */
function fields(wire: Buffer): readonly Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < wire.length; ) {
    if (at + 4 > wire.length) return undefined;
    const end = at + 4 + wire.readUInt32BE(at);
    if (end > wire.length) return undefined;
    found.push(wire.subarray(at + 4, end));
    at = end;
  }
  return found;
}

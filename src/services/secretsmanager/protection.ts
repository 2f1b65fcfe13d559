import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { DecryptCommand, GenerateDataKeyCommand } from "@aws-sdk/client-kms";
import type { PrepareContext } from "../../dispatch/context.ts";
import type { Region } from "../../kernel/brand.ts";
import type { Sealer } from "../../store/types.ts";
import { decryptionFailure, invalidParameter } from "./faults.ts";
import type { VersionRow } from "./store.ts";

/** The account's own key for Secrets Manager, which protects secrets that name no key. */
export const defaultKey = "alias/aws/secretsmanager";

/** Secrets Manager acting on a caller's behalf (`aws:CalledVia`, and with the region `kms:ViaService`). */
const servicePrincipal = "secretsmanager.amazonaws.com";

const valuePurpose = "secretsmanager.value";
const fingerprintPurpose = "secretsmanager.fingerprint";
const nonceSize = 12;
const tagSize = 16;

/** API Reference, "CreateSecret": bytes of a secret value. */
const largestValue = 65_536;

/** A value in the open: text or bytes, whichever it was given as. */
export type SecretValue = { readonly text: string } | { readonly binary: Uint8Array };

/** A value that may be written to the store. */
export interface SealedValue {
  readonly versionId: string;
  readonly value: string;
  readonly fingerprint: string;
  /** As the secret names it. */
  readonly kmsKey: string;
}

/** What the store holds of a value, inside the seal. */
interface Envelope {
  readonly arn: string;
  readonly versionId: string;
  readonly kind: "text" | "binary";
  /** Base64 of the data key as KMS encrypted it. */
  readonly dataKey: string;
  /** Base64 of nonce, ciphertext and tag. */
  readonly bytes: string;
}

/** Reads the value of a request; `undefined` when it has none. Throws `InvalidParameterException`. */
export function readValue(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): SecretValue | undefined {
  const { SecretString: text, SecretBinary: binary } = input;
  if (text !== undefined && binary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (text !== undefined) {
    // The model counts characters; the quota is of bytes.
    if (Buffer.byteLength(text) > largestValue) {
      throw invalidParameter(`The secret value can't be larger than ${largestValue} bytes.`);
    }
    return { text };
  }
  return binary === undefined ? undefined : { binary };
}

/**
 * Seals the value of one version, as the caller. AWS: each value is encrypted under its own data key, which the
 * secret's KMS key encrypts with the secret's ARN and version as encryption context (User Guide, "Secret encryption
 * and decryption"); what the store gets is sealed once more with the house's own key.
 */
export async function sealValue(
  ctx: PrepareContext,
  sealer: Sealer,
  version: {
    readonly arn: string;
    readonly versionId: string;
    readonly kmsKey: string;
    /** Where the key is; in the region of the call when left out. */
    readonly region?: Region;
  },
  value: SecretValue,
): Promise<SealedValue> {
  const { arn, versionId, kmsKey, region } = version;
  const { key, dataKey } = await newDataKey(ctx, kmsKey, encryptionContext(arn, versionId), region);
  const plain = "text" in value ? Buffer.from(value.text) : value.binary;
  const nonce = ctx.random.bytes(nonceSize);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagSize });
  const bytes = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const envelope: Envelope = {
    arn,
    versionId,
    kind: "text" in value ? "text" : "binary",
    dataKey: Buffer.from(dataKey).toString("base64"),
    bytes: bytes.toString("base64"),
  };
  return {
    versionId,
    kmsKey,
    value: sealer.seal(valuePurpose, JSON.stringify(envelope)),
    fingerprint: sealer.seal(fingerprintPurpose, digestOf(value)),
  };
}

/** Opens the value of a version, as the caller, who needs the use of its KMS key. Throws `DecryptionFailure`. */
export async function openValue(
  ctx: PrepareContext,
  sealer: Sealer,
  arn: string,
  version: VersionRow,
): Promise<SecretValue> {
  const text = sealer.open(valuePurpose, version.value);
  const envelope = text === undefined ? undefined : (JSON.parse(text) as Envelope);
  // INVARIANT: a value opens only as the version of the secret that it was sealed as.
  if (envelope?.arn !== arn || envelope.versionId !== version.version_id) throw decryptionFailure();
  const dataKey = Buffer.from(envelope.dataKey, "base64");
  const key = await openDataKey(ctx, dataKey, encryptionContext(arn, envelope.versionId));
  const plain = decrypt(key, Buffer.from(envelope.bytes, "base64"));
  return envelope.kind === "text" ? { text: plain.toString("utf8") } : { binary: plain };
}

/** Whether a version was made of the same value. */
export function isSameValue(sealer: Sealer, version: VersionRow, sealed: SealedValue): boolean {
  const digest = sealer.open(fingerprintPurpose, version.fingerprint);
  return digest !== undefined && digest === sealer.open(fingerprintPurpose, sealed.fingerprint);
}

/** The members of an answer that show a value. */
export function wireValue(value: SecretValue): { SecretString?: string; SecretBinary?: Uint8Array } {
  return "text" in value ? { SecretString: value.text } : { SecretBinary: value.binary };
}

function encryptionContext(arn: string, versionId: string): Record<string, string> {
  return { SecretARN: arn, SecretVersionId: versionId };
}

function decrypt(key: Uint8Array, bytes: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceSize), {
    authTagLength: tagSize,
  });
  decipher.setAuthTag(bytes.subarray(bytes.length - tagSize));
  return Buffer.concat([decipher.update(bytes.subarray(nonceSize, -tagSize)), decipher.final()]);
}

function digestOf(value: SecretValue): string {
  const hash = createHash("sha256");
  if ("text" in value) hash.update("text:").update(value.text);
  else hash.update("binary:").update(value.binary);
  return hash.digest("hex");
}

/** A data key in the open and as it is kept. */
async function newDataKey(
  ctx: PrepareContext,
  kmsKey: string,
  context: Record<string, string>,
  region: Region = ctx.region,
): Promise<{ readonly key: Uint8Array; readonly dataKey: Uint8Array }> {
  const command = new GenerateDataKeyCommand({
    KeyId: kmsKey,
    KeySpec: "AES_256",
    EncryptionContext: context,
  });
  const made = await ctx.forward(servicePrincipal).send(command, { region });
  if (made.Plaintext === undefined || made.CiphertextBlob === undefined) throw decryptionFailure();
  return { key: made.Plaintext, dataKey: made.CiphertextBlob };
}

/** The data key of a version in the open. */
async function openDataKey(
  ctx: PrepareContext,
  dataKey: Uint8Array,
  context: Record<string, string>,
): Promise<Uint8Array> {
  const { Plaintext: key } = await ctx
    .forward(servicePrincipal)
    .send(new DecryptCommand({ CiphertextBlob: dataKey, EncryptionContext: context }));
  if (key === undefined) throw decryptionFailure();
  return key;
}

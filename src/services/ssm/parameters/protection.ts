import { createCipheriv, createDecipheriv } from "node:crypto";
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand } from "@aws-sdk/client-kms";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";

/** The account's own key for Parameter Store, which protects a SecureString that names no key. */
export const defaultKey = "alias/aws/ssm";

/** Parameter Store acting on a caller's behalf (`aws:CalledVia`, and with the region `kms:ViaService`). */
const servicePrincipal = "ssm.amazonaws.com";

const nonceSize = 12;
const tagSize = 16;

/** What is kept of a SecureString: standard parameters are encrypted by KMS itself, advanced ones in an envelope. */
interface Envelope {
  /** Base64 of what KMS encrypted: the value, or the data key. */
  readonly kms: string;
  /** Base64 of nonce, ciphertext and tag; absent when KMS encrypted the value itself. */
  readonly bytes?: string;
}

/**
 * Encrypts a value as the caller (Systems Manager User Guide, "AWS KMS encryption for AWS Systems Manager Parameter
 * Store SecureString parameters"): the encryption context is the parameter's ARN.
 * Faults: `InvalidKeyId`, and KMS's `AccessDenied`.
 */
export async function protect(
  ctx: PrepareContext,
  arn: string,
  keyId: string,
  tier: "Standard" | "Advanced",
  value: string,
): Promise<string> {
  const kms = ctx.forward(servicePrincipal);
  const context = { PARAMETER_ARN: arn };
  try {
    if (tier === "Standard") {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(value), EncryptionContext: context }),
      );
      return JSON.stringify({ kms: base64(CiphertextBlob) } satisfies Envelope);
    }
    const made = await kms.send(
      new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: "AES_256", EncryptionContext: context }),
    );
    const nonce = ctx.random.bytes(nonceSize);
    const cipher = createCipheriv("aes-256-gcm", made.Plaintext ?? Buffer.alloc(0), nonce, {
      authTagLength: tagSize,
    });
    const bytes = Buffer.concat([nonce, cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return JSON.stringify({ kms: base64(made.CiphertextBlob), bytes: base64(bytes) } satisfies Envelope);
  } catch (error) {
    throw keyFault(error);
  }
}

/** Opens a protected value as the caller. Faults: `InvalidKeyId`, and KMS's `AccessDenied`. */
export async function reveal(ctx: PrepareContext, arn: string, stored: string): Promise<string> {
  const { kms, bytes } = JSON.parse(stored) as Envelope;
  try {
    const { Plaintext: plain = new Uint8Array() } = await ctx.forward(servicePrincipal).send(
      new DecryptCommand({
        CiphertextBlob: Buffer.from(kms, "base64"),
        EncryptionContext: { PARAMETER_ARN: arn },
      }),
    );
    if (bytes === undefined) return Buffer.from(plain).toString("utf8");
    const raw = Buffer.from(bytes, "base64");
    const decipher = createDecipheriv("aes-256-gcm", plain, raw.subarray(0, nonceSize), {
      authTagLength: tagSize,
    });
    decipher.setAuthTag(raw.subarray(-tagSize));
    const opened = [decipher.update(raw.subarray(nonceSize, -tagSize)), decipher.final()];
    return Buffer.concat(opened).toString("utf8");
  } catch (error) {
    throw keyFault(error);
  }
}

/** AWS: without decryption a SecureString shows as its ciphertext. */
export function concealed(stored: string): string {
  const { kms, bytes } = JSON.parse(stored) as Envelope;
  return bytes ?? kms;
}

function base64(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("base64");
}

/** AWS: what KMS says of a key that cannot be used comes through as `InvalidKeyId`, with KMS's words. */
function keyFault(error: unknown): unknown {
  const keys = [
    "NotFoundException",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
  ];
  if (!isFault(error, ...keys)) return error;
  return new Fault("InvalidKeyId", error.message, { cause: error });
}

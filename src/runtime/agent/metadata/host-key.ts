import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";

/** What a machine proves itself with; it never leaves the machine. */
export interface HostKey {
  /** Ed25519, Base64 of the 32 bytes. */
  readonly publicKey: string;
  /** Base64. */
  sign(text: string): string;
}

/** Opens the key in a file, made at the first time and readable to its owner alone. */
export async function openHostKey(path: string): Promise<HostKey> {
  const pem = await readFile(path, "utf8").catch(() => undefined);
  if (pem !== undefined) return hostKey(createPrivateKey(pem));
  const { privateKey } = generateKeyPairSync("ed25519");
  // Written whole before it has its name: a crash leaves no half of one.
  await writeFile(`${path}.new`, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return hostKey(privateKey);
}

function hostKey(privateKey: KeyObject): HostKey {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    publicKey: spki.subarray(-32).toString("base64"),
    sign: (text) => sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64"),
  };
}

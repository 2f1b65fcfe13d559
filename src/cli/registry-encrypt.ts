import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Enclosed, encloseStored, encryptionAtRest } from "../blobs/at-rest.ts";
import { openBlobs } from "../blobs/open.ts";
import { openSealer } from "../store/sealer.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";
import { Trouble } from "./trouble.ts";

/** How many blobs had which outcome, and the bytes of those that were encrypted. */
interface Tally {
  readonly encrypted: number;
  readonly bytes: number;
  /** Digests whose bytes are others: left as they are. */
  readonly damaged: readonly string[];
}

/**
 * Encrypts what lies in the open in the blob store of AES256 repositories, in place, whether or not a Roadstead serves it.
 * It may end or be killed at any moment and be begun again. Exit code 1 when a blob is damaged.
 */
export async function encrypt(flags: SettingFlags & { readonly json?: boolean }): Promise<void> {
  const { settings } = settingsOf(flags);
  if (settings.blobEncryption === "off") {
    throw new Trouble(
      "Nothing was encrypted.",
      "the settings say that blobs are kept as they come, so what is pushed next would lie in the open again",
      "give these settings to the server and to this command: --blob-encryption on, without --blob-downloads",
    );
  }
  const keyFile = join(settings.dataDir, "key");
  if (!existsSync(keyFile)) {
    throw new Trouble(
      "Nothing was encrypted.",
      `the data folder has no key file, and a new one would lock the Roadstead out that serves: ${keyFile}`,
      "name the folder of a Roadstead with --data-dir, or put the key file back",
    );
  }
  const storage = await openBlobs({ url: settings.blobsUrl, dataDir: settings.dataDir });
  try {
    const found = await tally(encloseStored(storage, encryptionAtRest("on", openSealer(keyFile)).key));
    process.stdout.write(flags.json ? `${JSON.stringify(found, null, 2)}\n` : report(found));
    if (found.damaged.length > 0) process.exitCode = 1;
  } finally {
    await storage.close();
  }
}

async function tally(enclosing: AsyncIterable<Enclosed>): Promise<Tally> {
  const damaged: string[] = [];
  let encrypted = 0;
  let bytes = 0;
  for await (const { digest, size, outcome } of enclosing) {
    if (outcome === "damaged") damaged.push(digest);
    if (outcome !== "encrypted") continue;
    encrypted += 1;
    bytes += size;
    if (process.stderr.isTTY) process.stderr.write(`\r${encrypted} blobs, ${mebibytes(bytes)}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  return { encrypted, bytes, damaged };
}

function report({ encrypted, bytes, damaged }: Tally): string {
  const lines = [
    `${encrypted} blobs encrypted, ${mebibytes(bytes)}`,
    ...damaged.map((digest) => `DAMAGED, left as it is: ${digest}`),
  ];
  return `${lines.join("\n")}\n`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

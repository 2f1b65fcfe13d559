import { existsSync } from "node:fs";
import { join } from "node:path";
import { encryptionAtRest } from "../blobs/at-rest.ts";
import { openBlobs } from "../blobs/open.ts";
import { movableClock } from "../kernel/clock.ts";
import { systemRandom } from "../kernel/random.ts";
import { migrations } from "../main.ts";
import { problemLine, type Verification } from "../services/ecr/verification/report.ts";
import { verifyRegistry } from "../services/ecr/verification/verify.ts";
import { openStore } from "../store/open.ts";
import { openSealer } from "../store/sealer.ts";
import { type SettingFlags, settingsOf } from "./flags.ts";
import { Trouble } from "./trouble.ts";

/**
 * Verifies what the registry keeps, and prints what it found; exit code 1 when something is wrong. It reads database
 * and blobs by itself, so it works whether or not a Roadstead serves them at this moment. It repairs nothing; opening the
 * folder brings its tables up to this version, as a start would.
 */
export async function verify(
  flags: SettingFlags & { readonly repository?: string; readonly json?: boolean },
): Promise<void> {
  const { settings } = settingsOf(flags);
  const keyFile = join(settings.dataDir, "key");
  if (!existsSync(keyFile)) {
    throw new Trouble(
      "Nothing was verified.",
      `the data folder has no key file, without which encrypted blobs cannot be read: ${keyFile}`,
      "name the folder of a Roadstead with --data-dir, or put the key file back",
    );
  }
  const clock = movableClock();
  const store = await openStore({
    url: settings.databaseUrl,
    dataDir: settings.dataDir,
    migrations,
    clock,
    random: systemRandom,
  });
  try {
    const storage = await openBlobs({
      url: settings.blobsUrl,
      dataDir: settings.dataDir,
      clock,
      encryption: encryptionAtRest(settings.blobEncryption, openSealer(keyFile)),
    });
    try {
      const found = await verifyRegistry({
        rows: store.rows,
        storage,
        repositoryName: flags.repository,
        onBlob: process.stderr.isTTY ? progress : undefined,
      });
      if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
      if (flags.repository !== undefined && found.repositories === 0) {
        throw new Trouble(
          "Nothing was verified.",
          `no registry has a repository '${flags.repository}'`,
          "roadstead registry verify",
        );
      }
      process.stdout.write(flags.json ? `${JSON.stringify(found, null, 2)}\n` : report(found));
      if (found.problems.length > 0) process.exitCode = 1;
    } finally {
      await storage.close();
    }
  } finally {
    await store.close();
  }
}

function progress(blobs: number, bytes: number): void {
  process.stderr.write(`\r${blobs} blobs, ${size(bytes)}`);
}

function report(found: Verification): string {
  const { leftovers, encryptedBlobs } = found;
  const lines = [
    `${found.repositories} repositories, ${found.images} images, ${found.links} links`,
    `${found.blobs} blobs read, ${size(found.bytes)}`,
    ...(encryptedBlobs > 0 ? [`${encryptedBlobs} blobs under KMS keys: presence and size only`] : []),
    ...(leftovers.links + leftovers.blobs + leftovers.uploads > 0
      ? [
          `left for the collector: ${leftovers.links} links, ${leftovers.blobs} blobs (${size(leftovers.bytes)}), ${leftovers.uploads} uploads`,
        ]
      : []),
    ...found.problems.map((problem) => `PROBLEM ${problemLine(problem)}`),
    ...(found.more ? ["and more"] : []),
    found.problems.length === 0 ? "Everything is as it should be." : "The registry is damaged.",
  ];
  return `${lines.join("\n")}\n`;
}

function size(bytes: number): string {
  return bytes < 1 << 20 ? `${bytes} bytes` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

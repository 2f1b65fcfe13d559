import { existsSync } from "node:fs";
import { join } from "node:path";
import { encryptionAtRest } from "../blobs/at-rest.ts";
import { openBlobs } from "../blobs/open.ts";
import type { Digest } from "../kernel/brand.ts";
import { movableClock } from "../kernel/clock.ts";
import { Fault } from "../kernel/fault.ts";
import { isJsonObject, parseJson } from "../kernel/json.ts";
import { systemRandom } from "../kernel/random.ts";
import { migrations } from "../main/migrations.ts";
import { problemLine, type Verification } from "../services/ecr/verification/report.ts";
import type { HashLayer } from "../services/ecr/verification/vault-layers.ts";
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
  flags: SettingFlags & {
    readonly repository?: string;
    readonly endpoint?: string;
    readonly json?: boolean;
  },
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
        hashLayer: hashingAt(
          flags.endpoint ?? process.env.AWS_ENDPOINT_URL ?? `http://127.0.0.1:${settings.port}`,
          settings.adminToken,
        ),
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

/** Has layers hashed by the Roadstead that serves. When none answers, it is not asked again. */
function hashingAt(endpoint: string, adminToken: string | undefined): HashLayer {
  let absent: Fault | undefined;
  return async (layer) => {
    if (absent !== undefined) throw absent;
    let response: Response;
    try {
      response = await fetch(new URL("/_roadstead/registry/hash-layer", endpoint), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` }),
        },
        body: JSON.stringify(layer),
      });
    } catch {
      absent = new Fault(
        "Unavailable",
        `no Roadstead answers at ${endpoint} that could ask KMS for their key`,
      );
      throw absent;
    }
    const answer = parseJson(await response.text());
    const { size, digest, error, message } = isJsonObject(answer) ? answer : {};
    if (response.ok && typeof size === "number" && typeof digest === "string") {
      return { size, digest: digest as Digest };
    }
    throw new Fault(
      String(error ?? response.status),
      String(message ?? `${endpoint} answers ${response.status}`),
    );
  };
}

function progress(blobs: number, bytes: number): void {
  process.stderr.write(`\r${blobs} blobs, ${size(bytes)}`);
}

function report(found: Verification): string {
  const { leftovers, encryptedBlobs, unread } = found;
  const notRead = unread.reduce((sum, { blobs }) => sum + blobs, 0);
  const lines = [
    `${found.repositories} repositories, ${found.images} images, ${found.links} links`,
    `${found.blobs} blobs read, ${size(found.bytes)}`,
    ...(encryptedBlobs > 0
      ? [`${encryptedBlobs} blobs under KMS keys, ${encryptedBlobs - notRead} of them read`]
      : []),
    ...unread.map(({ why, blobs }) => `NOT READ ${blobs} blobs, presence and size only: ${why}`),
    ...(leftovers.links + leftovers.blobs + leftovers.uploads > 0
      ? [
          `left for the collector: ${leftovers.links} links, ${leftovers.blobs} blobs (${size(leftovers.bytes)}), ${leftovers.uploads} uploads`,
        ]
      : []),
    ...found.problems.map((problem) => `PROBLEM ${problemLine(problem)}`),
    ...(found.more ? ["and more"] : []),
    verdict(found.problems.length, notRead),
  ];
  return `${lines.join("\n")}\n`;
}

function verdict(problems: number, notRead: number): string {
  if (problems > 0) return "The registry is damaged.";
  return notRead > 0 ? "What was read is as it should be." : "Everything is as it should be.";
}

function size(bytes: number): string {
  return bytes < 1 << 20 ? `${bytes} bytes` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

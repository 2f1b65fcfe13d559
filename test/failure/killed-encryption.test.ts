import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encryptionAtRest } from "../../src/blobs/at-rest.ts";
import { openBlobs } from "../../src/blobs/open.ts";
import type { Digest } from "../../src/kernel/brand.ts";
import { openSealer } from "../../src/store/sealer.ts";
import { binary, type Home, makeHome, notBuilt, roadstead } from "../real/binary.ts";

/** Blobs that lie in the open, and after how many encrypted ones the command is killed. */
const count = 60;
const killedAfter = [0, 1, 20, 45];

describe.skipIf(notBuilt())("roadstead registry encrypt", () => {
  let home: Home;
  const digests: Digest[] = [];

  /** The store of the home, as it is read by a server whose blobs are encrypted, or by nobody's keys. */
  const open = (keys: "keys" | "no keys") =>
    openBlobs({
      dataDir: home.dataDir,
      ...(keys === "keys" && {
        encryption: encryptionAtRest("on", openSealer(join(home.dataDir, "key"))),
      }),
    });

  beforeAll(async () => {
    home = makeHome();
    const plain = await open("no keys");
    openSealer(join(home.dataDir, "key"));
    for (let index = 0; index < count; index++) {
      digests.push((await plain.put(Readable.from([randomBytes(300_000)]))).digest);
    }
    await plain.close();
  });
  afterAll(() => home.remove());

  /** Throws when a blob has other bytes than its name says: it is hashed by being stored again. */
  async function expectWhole(): Promise<void> {
    const blobs = await open("keys");
    expect([...(await listed(blobs))].sort()).toEqual([...digests].sort());
    for (const digest of digests) await blobs.put(await blobs.read(digest), digest);
    await blobs.close();
  }

  const encrypt = ["registry", "encrypt", "--json"];

  test("killed again and again loses nothing, and ends what it began", async () => {
    const args = [...encrypt, "--data-dir", home.dataDir];
    for (const least of killedAfter) {
      const child = spawn(process.execPath, [binary, ...args], { env: home.env, stdio: "ignore" });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      while (encryptedFiles(home.dataDir) < least && child.exitCode === null) await wait(2);
      child.kill("SIGKILL");
      await ended;
      const plain = await open("no keys");
      const left = await listed(plain);
      await plain.close();
      expect(left.length + encryptedFiles(home.dataDir)).toBeGreaterThanOrEqual(count);
    }
    const done = await roadstead(args, home.env);
    expect(done.code, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ damaged: [] });
    const plain = await open("no keys");
    expect(await listed(plain)).toEqual([]);
    await plain.close();
    await expectWhole();
  }, 120_000);

  test("refuses where the settings keep blobs as they come, and where the key file is gone", async () => {
    const off = await roadstead(
      [...encrypt, "--data-dir", home.dataDir, "--blob-encryption", "off"],
      home.env,
    );
    expect([off.code, off.stderr]).toEqual([1, expect.stringContaining("--blob-encryption on")]);
    const elsewhere = await roadstead([...encrypt, "--data-dir", join(home.folder, "none")], home.env);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([1, expect.stringContaining("no key file")]);
  });
});

function encryptedFiles(dataDir: string): number {
  try {
    return readdirSync(join(dataDir, "blobs/vaults/common/blobs"), { recursive: true }).filter(
      (path) => String(path).length > "sha256/00/".length,
    ).length;
  } catch {
    return 0;
  }
}

async function listed(blobs: Awaited<ReturnType<typeof openBlobs>>): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for await (const { digest } of blobs.list()) found.push(digest);
  return found;
}

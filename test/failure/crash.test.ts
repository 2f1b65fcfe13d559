import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type { Digest } from "../../src/kernel/brand.ts";
import {
  bytesOf,
  type CrashTables,
  crashQueue,
  digestOfBytes,
  openCrashStores,
  type Said,
  uploadBytes,
} from "../support/crash-writer.ts";

/** How often the writer is killed; `npm run test:soak` sets more. */
const kills = Number(process.env.CRASH_KILLS ?? (process.env.ROADSTEAD_SOAK ? 100 : 20));
/** The latest moment of a kill, counted in lines that the writer has said. */
const mostLines = 25;

test(`whatever was acknowledged survives ${kills} kills`, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "roadstead-crash-"));
  const acknowledged = new Map<string, Digest>();
  const verified = new Set<Digest>();
  for (let run = 0; run < kills; run += 1) {
    const uploadId = `00000000-0000-4000-8000-${String(run).padStart(12, "0")}`;
    const said = await writeUntilKilled(dataDir, run, uploadId);
    let received: number | undefined;
    for (const one of said) {
      if ("stored" in one) acknowledged.set(one.stored, one.digest);
      else received = one.received;
    }

    const { store, blobs } = await openCrashStores(dataDir);
    const rows = await store.rows.tables<CrashTables>().selectFrom("stored").selectAll().execute();
    const sizes = new Map(rows.map(({ digest, size }) => [digest, size]));
    for (const [name, digest] of acknowledged) expect(sizes.get(digest), name).toBe(bytesOf(name).length);
    // A row was written after its blob, and in one transaction with its job.
    const jobs = await store.jobs.claim(crashQueue, 100_000, 0);
    expect(jobs.map(({ key }) => key).sort()).toEqual([...sizes.keys()].sort());
    for (const digest of sizes.keys())
      expect(await blobs.size(digest as Digest), digest).toBe(sizes.get(digest));
    // Whatever is visible is whole, acknowledged or not. The last run looks at everything again.
    if (run === kills - 1) verified.clear();
    for await (const { digest } of blobs.list()) {
      if (verified.has(digest)) continue;
      verified.add(digest);
      const hash = createHash("sha256");
      for await (const chunk of await blobs.read(digest)) hash.update(chunk);
      expect(`sha256:${hash.digest("hex")}`).toBe(digest);
    }

    if (received !== undefined) {
      const there = (await blobs.received(uploadId)) ?? -1;
      expect(there).toBeGreaterThanOrEqual(received);
      await blobs.finish(uploadId, digestOfBytes(uploadBytes(uploadId, there)));
    }
    await store.close();
    await blobs.close();
  }
  expect(acknowledged.size).toBeGreaterThan(kills);
  await rm(dataDir, { recursive: true });
}, 600_000);

/** Runs the writer and kills it after a number of lines that the run decides; returns what it said. */
async function writeUntilKilled(dataDir: string, run: number, uploadId: string): Promise<readonly Said[]> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const writer = fileURLToPath(new URL("../support/crash-writer.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", tsx, writer, dataDir, `run-${run}`, uploadId], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const enough = 1 + (createHash("sha256").update(`kill ${run}`).digest().readUInt32BE() % mostLines);
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (some: string) => {
    text += some;
    if (text.split("\n").length > enough) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  expect(signal).toBe("SIGKILL");
  // The last line may be cut: then it was not said.
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

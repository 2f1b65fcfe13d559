import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leave, type Party, push, registryToken, rootParty } from "../clients/parties.ts";
import { missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { verify } from "../support/verify.ts";
import { type Answer, codeOf, type Draft, send } from "./signed.ts";

/** A disk that is really full: a tmpfs of 64 MiB holds everything that a Roadstead keeps. */

const mebibyte = 1 << 20;
const account = "111111111111";
const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const layerOf = (size: number, seed: string) =>
  Buffer.alloc(size, createHash("sha512").update(seed).digest());

/** Only root mounts; where it may not, the suite is skipped and says so. */
function unmountable(): string | undefined {
  if (process.getuid?.() !== 0) {
    process.stderr.write("SKIPPED: a disk of 64 MiB needs root\n");
    return "not root";
  }
  return missing("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", tmpdir());
}

describe.skipIf(unmountable())("a disk of 64 MiB", { timeout: 60_000 }, () => {
  let disk: string;
  let roadstead: TestRoadstead;
  let root: Party;
  let authorization: string;
  let before: string;

  beforeAll(async () => {
    disk = mkdtempSync(join(tmpdir(), "roadstead-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", disk]);
    roadstead = await testRoadstead({ dataDir: disk, registryDialects: "oci" });
    root = rootParty(roadstead.url, account);
    await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    authorization = `Basic ${await registryToken(root)}`;
    before = await push(root, "app", "before");
  });
  afterAll(async () => {
    leave(root);
    await roadstead?.stop();
    execFileSync("umount", [disk]);
    rmdirSync(disk);
  });

  const ask = (path: string, draft: Draft = {}) =>
    send(roadstead.url, {
      method: "GET",
      ...draft,
      path: path.startsWith("/") ? path : `/v2/${account}.us-east-1/${path}`,
      headers: { host: "localhost", authorization, ...draft.headers },
    });
  const upload = (bytes: Buffer) =>
    ask(`app/blobs/uploads/?digest=${digestOf(bytes)}`, { method: "POST", body: bytes });
  const isThere = async (bytes: Buffer) =>
    (await ask(`app/blobs/${digestOf(bytes)}`, { method: "HEAD" })).status;
  /** Bytes in use. */
  function used(): number {
    const { blocks, bfree, bsize } = statfsSync(disk);
    return (blocks - bfree) * bsize;
  }
  function expectFailure(answer: Answer): void {
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(codeOf(answer)).toBe("UNKNOWN");
  }

  test("refuses a layer that does not fit, in one piece or in a chunk, and has its room again", async () => {
    const large = layerOf(80 * mebibyte, "too large");
    const { headers } = await ask("app/blobs/uploads/", { method: "POST" });
    const location = String(headers.location);
    const start = used();
    expectFailure(await upload(large));
    expectFailure(await ask(location, { method: "PATCH", body: large }));
    expect(await isThere(large)).toBe(404);
    expect((await ask(location)).headers.range).toBe("0-0");
    // The audit trail and the write-ahead log grow by what was recorded.
    expect(used() - start).toBeLessThan(8 * mebibyte);
    const fitting = layerOf(20 * mebibyte, "fits");
    expect((await ask(location, { method: "PATCH", body: fitting })).status).toBe(202);
    expect((await ask(`${location}?digest=${digestOf(fitting)}`, { method: "PUT" })).status).toBe(201);
    expect((await ask(`app/blobs/${digestOf(fitting)}`)).body.equals(fitting)).toBe(true);
  });

  test("without a free byte acknowledges nothing, serves what it has, and goes on once there is room", async () => {
    const filler = join(disk, "filler");
    const layer = layerOf(mebibyte, "no room");
    try {
      for (const piece of [mebibyte, 4096]) fill(filler, piece);
      expectFailure(await upload(layer));
      // What is refused is recorded first: without room for that it is a failure.
      expect(await isThere(layer)).toBe(500);
      const pulled = await ask(`app/manifests/${before}`);
      expect([pulled.status, digestOf(pulled.body)]).toEqual([200, before]);
      await expect(push(root, "app", "no-room")).rejects.toThrow();
    } finally {
      rmSync(filler, { force: true });
    }
    expect([await isThere(layer), (await ask("app/manifests/no-room")).status]).toEqual([404, 404]);
    expect((await upload(layer)).status).toBe(201);
    const after = await push(root, "app", "after");
    expect((await ask("app/manifests/after")).headers["docker-content-digest"]).toBe(after);
    expect(verify(disk)).toMatchObject({ problems: [], images: 2 });
  });

  /** Appends to a file until not one piece more fits. */
  function fill(path: string, piece: number): void {
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(piece, "x"), { flag: "a" });
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOSPC" });
        return;
      }
    }
  }
});

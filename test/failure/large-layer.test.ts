import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leave, type Party, registryToken, rootParty } from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, type Serving, serve } from "../real/binary.ts";

/** A layer far larger than the memory that a Roadstead may take for it; `npm run test:soak` makes it 5 GiB. */

const mebibyte = 1 << 20;
const size = (process.env.ROADSTEAD_SOAK === undefined ? 256 : 5 * 1024) * mebibyte;
/** What a server may take beyond what it had when idle: the aim of docs/operate/performance.md. */
const mostExtra = 150 * mebibyte;

describe.skipIf(notBuilt())(`a layer of ${size / mebibyte} MiB`, () => {
  let home: Home;
  let serving: Serving;
  let root: Party;
  let authorization: string;
  let idle: number;

  beforeAll(async () => {
    home = makeHome();
    serving = await serve(["--port", "0", "--data-dir", home.dataDir, "--log-level", "error"], home.env);
    root = rootParty(serving.url, "111111111111");
    await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    authorization = `Basic ${await registryToken(root)}`;
    idle = memory("VmRSS");
  });
  afterAll(async () => {
    leave(root);
    await serving.end("SIGTERM");
    home.remove();
  });

  /** Bytes that the system says the server has, now (`VmRSS`) or at its highest (`VmHWM`). */
  function memory(field: string): number {
    const status = readFileSync(`/proc/${serving.child.pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
  }

  const begin = (method: string, path: string, headers: Record<string, string> = {}): ClientRequest =>
    request(new URL(path, serving.url), { method, headers: { authorization, ...headers } });

  async function answer(asked: ClientRequest): Promise<IncomingMessage> {
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return response;
  }

  test(
    "is pushed and pulled within bounded memory",
    async () => {
      const begun = await answer(begin("POST", `/v2/${root.path}/app/blobs/uploads/`).end());
      begun.resume();
      const location = begun.headers.location ?? "";

      const hash = createHash("sha256");
      const piece = Buffer.alloc(mebibyte);
      const push = begin("PATCH", location, { "transfer-encoding": "chunked" });
      const pushed = answer(push);
      for (let at = 0; at < size; at += piece.length) {
        piece.writeUInt32BE(at / piece.length);
        hash.update(piece);
        if (!push.write(Buffer.from(piece))) await once(push, "drain");
      }
      push.end();
      const taken = await pushed;
      taken.resume();
      expect([taken.statusCode, taken.headers.range]).toEqual([201, `0-${size - 1}`]);
      const digest = `sha256:${hash.digest("hex")}`;
      const done = await answer(begin("PUT", `${location}?digest=${digest}`).end());
      done.resume();
      expect(done.statusCode).toBe(201);

      const pulled = await answer(begin("GET", `/v2/${root.path}/app/blobs/${digest}`).end());
      expect(pulled.headers["content-length"]).toBe(String(size));
      const seen = createHash("sha256");
      for await (const chunk of pulled) seen.update(chunk as Buffer);
      expect(`sha256:${seen.digest("hex")}`).toBe(digest);
      expect(memory("VmHWM") - idle).toBeLessThan(mostExtra);
    },
    120_000 + size / 20_000,
  );
});

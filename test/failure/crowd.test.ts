import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leave, type Party, push, rootParty } from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, type Serving, serve } from "../real/binary.ts";

const soak = process.env.ROADSTEAD_SOAK !== undefined;
/** Connections at once; this process and the server each need a descriptor for every one of them. */
const crowd = soak ? 10_000 : 2_000;
const seed = 20260902;

describe.skipIf(notBuilt())("a crowd of rude clients", { timeout: 120_000 }, () => {
  let folder: Home;
  let serving: Serving;
  let root: Party;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    folder = makeHome();
    serving = await serve(
      ["--port", "0", "--data-dir", folder.dataDir, "--log-level", "error", "--log-format", "json"],
      folder.env,
    );
    root = rootParty(serving.url, "111111111111");
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    leave(root);
    expect(await serving.end("SIGTERM")).toEqual({ code: 0, signal: null });
    // Nothing that a client did was a failure of ours.
    expect(serving.output()).not.toContain("internal failure");
    folder.remove();
  });

  async function dial(): Promise<Socket> {
    const socket = connect(Number(new URL(serving.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve()).once("error", reject);
    });
    return socket;
  }

  /** What a socket answers until it is closed or has answered once. */
  function heard(socket: Socket): Promise<string> {
    return new Promise((resolve) => {
      let text = "";
      const done = (): void => resolve(text);
      socket.setEncoding("latin1");
      socket.on("data", (some: string) => {
        text += some;
        if (text.includes("\r\n\r\n")) done();
      });
      socket.once("close", done).once("end", done);
      socket.setTimeout(5_000, done);
    });
  }

  const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);

  /** The server answers calls and takes pushes. */
  async function serves(tag: string): Promise<void> {
    expect((await fetch(`${serving.url}/_roadstead/health`)).status).toBe(200);
    const { Account } = await root.sts.send(new GetCallerIdentityCommand({}));
    expect(Account).toBe("111111111111");
    await root.ecr
      .send(new CreateRepositoryCommand({ repositoryName: "app" }))
      .catch((error: unknown) => expect(error).toHaveProperty("name", "RepositoryAlreadyExistsException"));
    expect(await push(root, "app", tag)).toMatch(/^sha256:/);
  }

  test(`${crowd} connections at once, each with half a request`, async () => {
    for (let i = 0; i < crowd; i += 200) {
      await Promise.all(
        Array.from({ length: 200 }, async (_, j) => {
          const socket = await dial();
          if ((i + j) % 2 === 0) socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le");
          else socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf");
        }),
      );
    }
    expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(crowd);
    await serves("among-them");
    // Every one of them is answered once it goes on.
    const answers = sockets.slice(0, 100).map((socket, i) => {
      const answer = heard(socket);
      socket.write(i % 2 === 0 ? "ngth: 2\r\n\r\n{}" : "x".repeat(996));
      return answer;
    });
    for (const answer of await Promise.all(answers)) {
      expect(statusOf(answer), answer).toBeGreaterThanOrEqual(400);
      expect(statusOf(answer), answer).toBeLessThan(500);
    }
    for (const socket of sockets.splice(0)) socket.destroy();
    await serves("after-them");
  });

  test("bodies that come a byte at a time hold nobody up", async () => {
    const slow = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = await dial();
        socket.write(
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 20\r\n\r\n",
        );
        return socket;
      }),
    );
    const answers = slow.map(heard);
    for (let i = 0; i < 20; i += 1) {
      for (const socket of slow) socket.write("{");
      if (i % 5 === 0) await serves(`meanwhile-${i}`);
      await wait(5);
    }
    for (const answer of await Promise.all(answers)) {
      expect(statusOf(answer)).toBe(403);
      expect(answer).toContain("MissingAuthenticationToken");
    }
  });

  /** A server may close a connection on which it cannot go on before all of a header was read. */
  const tooLong = [400, 431, 0];
  const floods: readonly (readonly [string, string, readonly number[]])[] = [
    ["headers without end", Array.from({ length: 5000 }, (_, i) => `X-${i}: y`).join("\r\n"), tooLong],
    ["one header of a megabyte", `X-Long: ${"y".repeat(1024 * 1024)}`, tooLong],
    ["no colon", "just words", [400]],
    ["a name with a space", "X Y: z", [400]],
    ["a header folded", "X-A: b\r\n c", [400]],
    ["NUL in a header", "X-A: b\0c", [400]],
    ["two lengths", "Content-Length: 1\r\nContent-Length: 2", [400]],
    ["a length below zero", "Content-Length: -1", [400]],
    ["length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked", [400]],
    ["an unknown coding", "Transfer-Encoding: gzip, identity", [400]],
  ];
  test("headers of every wrong kind", async () => {
    for (const [what, headers, expected] of floods) {
      const socket = await dial();
      const answer = heard(socket);
      socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n`);
      expect(expected, what).toContain(statusOf(await answer));
    }
    await serves("after-floods");
  });

  const paths = [
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/v2/../_roadstead/reset",
    "/v2/%2e%2e/_roadstead/decisions",
    "//_roadstead/decisions",
    "/_roadstead/../v2/",
    "/_roadstead/layers/../../key",
    "/_roadstead/layers/sha256:..%2f..%2fkey",
    "/%00",
    "/\\..\\..\\key",
    "/\u00e4",
    "*",
    "http://harbour.example/_roadstead/health",
    "/_roadstead/\u202ehealth",
    "/?Action=GetCallerIdentity&Version=2011-06-15",
    `/${"a/".repeat(4000)}`,
  ];
  test("paths of every wrong kind", async () => {
    for (const path of paths) {
      const socket = await dial();
      const answer = heard(socket);
      socket.write(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`));
      const text = await answer;
      expect(statusOf(text), `${path}\n${text}`).toBeGreaterThanOrEqual(400);
      expect(statusOf(text), path).toBeLessThan(500);
      expect(text).not.toMatch(/root:|"decisions"|node_modules|at .*\.js/);
    }
    await serves("after-paths");
  });

  test("bytes of any kind", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "GET",
        "POST",
        " ",
        "/",
        "/v2/",
        " HTTP/1.1",
        " HTTP/9.9",
        "\r\n",
        "\n",
        "Host: localhost",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "Upgrade: websocket",
        "Connection: upgrade",
        "\r\n\r\n",
        "ffffffffffffffff\r\n",
        "0\r\n\r\n",
      ),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    );
    const drafts = fc.sample(fc.array(piece, { maxLength: 12 }), { numRuns: soak ? 5000 : 300, seed });
    for (let i = 0; i < drafts.length; i += 50) {
      const answers = drafts.slice(i, i + 50).map(async (pieces) => {
        const socket = await dial();
        const answer = heard(socket);
        socket.end(Buffer.from(pieces.join(""), "latin1"));
        return { pieces, text: await answer };
      });
      for (const { pieces, text } of await Promise.all(answers)) {
        const status = statusOf(text);
        expect(status, JSON.stringify({ pieces, text })).toBeLessThan(500);
      }
    }
    await serves("after-noise");
  });
});

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ask, askRaw } from "./http-client.testing.ts";
import { RequestBody, readAll } from "./request-body.ts";

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

/** Serves every request with the given function, and says where. */
async function serve(work: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  server = createServer((request, response) => void work(request, response));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}

const begin = () => {};

describe("the body of a request", () => {
  test("is the bytes, however many, with the reader's pace", async () => {
    const sent = Buffer.alloc(3_000_000, "slow reader ");
    const { url } = await serve(async (request, response) => {
      const body = new RequestBody(request, { limit: sent.length, begin });
      const parts: Buffer[] = [];
      for await (const part of body) {
        parts.push(part as Buffer);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end(String(Buffer.concat(parts).equals(sent)));
    });
    expect((await ask(url, "PUT", "/", { body: sent })).text).toBe("true");
  });

  test("leaves the connection open for an answer when its reader gives up", async () => {
    const { url } = await serve(async (request, response) => {
      const body = new RequestBody(request, { limit: 1e9, begin });
      for await (const _ of body) break;
      expect(body.destroyed).toBe(true);
      response.end("enough");
    });
    expect((await ask(url, "PUT", "/", { body: Buffer.alloc(1_000_000) })).text).toBe("enough");
  });

  test.each([
    [
      "more than its limit",
      "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n12345678901234567890",
      "SIZE_INVALID",
    ],
    ["no end", "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234", "BLOB_UPLOAD_INVALID"],
  ])("with %s breaks off", async (_, text, code) => {
    const { port } = await serve(async (request, response) => {
      const refused = await readAll(new RequestBody(request, { limit: 10, begin, idleMs: 20 })).catch(
        (error: { code: string }) => error.code,
      );
      response.setHeader("Connection", "close");
      response.end(String(refused));
    });
    expect(await askRaw(port, text)).toContain(code);
  });

  test("breaks off when the client goes away", async () => {
    let gone: unknown;
    const { port } = await serve(async (request) => {
      gone = await readAll(new RequestBody(request, { limit: 10, begin })).catch((error: unknown) => error);
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234", () => socket.destroy());
    await expect.poll(() => gone).toMatchObject({ code: "BLOB_UPLOAD_INVALID" });
  });

  test("is not asked for before it is read", async () => {
    let asked = 0;
    const { url } = await serve(async (request, response) => {
      const body = new RequestBody(request, { limit: 10, begin: () => asked++ });
      const before = asked;
      await readAll(body);
      response.end(`${before} then ${asked}`);
    });
    expect((await ask(url, "PUT", "/", { body: "x" })).text).toBe("0 then 1");
  });
});

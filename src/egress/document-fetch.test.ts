import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificatesMissing, testCertificate } from "../../test/support/certificate.ts";
import { isPublicAddress } from "./address.ts";
import { createDocumentFetch } from "./document-fetch.ts";
import { EgressError } from "./guard.ts";

describe.skipIf(certificatesMissing())("documents over HTTPS", () => {
  const certificate = testCertificate();
  let server: Server;
  let port = 0;
  let asked: string[] = [];
  const answers: Readonly<Record<string, RequestListener>> = {
    "/document": (_, response) => response.end("{}"),
    "/large": (_, response) => response.end(Buffer.alloc(600 * 1024)),
    "/endless": (_, response) => {
      response.on("drain", () => response.write(Buffer.alloc(64 * 1024)));
      response.write(Buffer.alloc(64 * 1024));
    },
    "/missing": (_, response) => response.writeHead(404).end(),
    "/broken": (_, response) => response.writeHead(503).end(),
    "/cut": (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      response.socket?.destroy();
    },
    "/there": (_, response) => response.writeHead(302, { location: "/document" }).end(),
    "/round": (_, response) => response.writeHead(302, { location: "/round" }).end(),
    "/private": (_, response) =>
      response.writeHead(302, { location: `https://127.0.0.2:${port}/document` }).end(),
    "/metadata": (_, response) =>
      response.writeHead(307, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
    "/nowhere": (_, response) => response.writeHead(302).end(),
  };

  beforeAll(async () => {
    server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      asked.push(request.url ?? "");
      answers[request.url ?? ""]?.(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** 127.0.0.1 stands for the public Internet here, every other address for a private one. */
  const fetch = createDocumentFetch((address) => address === "127.0.0.1");
  const url = (path: string, host = "127.0.0.1") => `https://${host}:${port}${path}`;
  const outcome = async (call: Promise<Buffer>) =>
    call.then(
      (document) => document.toString(),
      (error: unknown) => (error instanceof EgressError ? error.problem : `threw ${error}`),
    );

  test.each([
    ["a document", "/document", "{}"],
    ["one that has moved", "/there", "{}"],
    ["one that is too large", "/large", "unusable"],
    ["one that never ends", "/endless", "unusable"],
    ["one that is not there", "/missing", "unusable"],
    ["a server's error", "/broken", "unreachable"],
    ["an answer that breaks off", "/cut", "unreachable"],
    ["redirects without end", "/round", "unusable"],
    ["a redirect to nowhere", "/nowhere", "unusable"],
    ["a redirect to a private address", "/private", "forbidden"],
    ["a redirect out of HTTPS", "/metadata", "forbidden"],
  ])("%s", async (_name, path, expected) => {
    expect(await outcome(fetch(url(path), [certificate.thumbprint]))).toBe(expected);
  });

  test.each([
    ["plain HTTP", "http://127.0.0.1/"],
    ["a private address", "https://10.0.0.1/"],
    ["an address of the host's own", "https://169.254.169.254/"],
    ["loopback in IPv6", "https://[::1]/"],
    ["loopback in decimal", "https://2130706433/"],
    ["a name that leads to loopback", "https://localhost/"],
    ["a file", "file:///etc/passwd"],
  ])("%s is not called", async (_name, address) => {
    expect(await outcome(createDocumentFetch(isPublicAddress)(address, []))).toBe("forbidden");
  });

  test("a name is resolved once, and connected to as it was checked", async () => {
    const seen: string[] = [];
    const watched = createDocumentFetch((address) => {
      seen.push(address);
      return true;
    });
    expect(await outcome(watched(url("/document", "localhost"), [certificate.thumbprint]))).toBe("{}");
    expect(seen.length).toBeGreaterThan(0);
  });

  test("a certificate is believed for its thumbprint only", async () => {
    asked = [];
    expect(await outcome(fetch(url("/document"), []))).toBe("untrusted");
    expect(asked).toEqual([]);
    expect(await outcome(fetch(url("/document"), ["0".repeat(40)]))).toBe("untrusted");
    expect(await outcome(fetch(url("/document"), ["0".repeat(40), certificate.thumbprint]))).toBe("{}");
  });

  test("nobody there", async () => {
    expect(await outcome(fetch("https://127.0.0.1:1/", [certificate.thumbprint]))).toBe("unreachable");
  });
});

import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificatesMissing, testCertificate } from "../../test/support/certificate.ts";
import { createServerThumbprint } from "./server-thumbprint.ts";

describe.skipIf(certificatesMissing())("the thumbprint of a server", () => {
  const certificate = testCertificate();
  let server: Server;
  let port = 0;
  let asked = 0;
  beforeAll(async () => {
    server = createServer({ key: certificate.key, cert: certificate.cert }, () => asked++);
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
  });

  /** 127.0.0.1 stands for the public Internet here, every other address for a private one. */
  const thumbprint = createServerThumbprint((address) => address === "127.0.0.1");
  const problem = (url: string) =>
    thumbprint(url).then(
      () => "none",
      (error: { problem?: string }) => error.problem,
    );

  test("is that of its certificate, and nothing is asked for it", async () => {
    expect(await thumbprint(`https://127.0.0.1:${port}/realm`)).toBe(certificate.thumbprint);
    expect(asked).toBe(0);
  });

  test("is not asked of an address that may not be called", async () => {
    expect(await problem(`https://127.0.0.2:${port}`)).toBe("forbidden");
  });

  test("is none where nobody listens", async () => {
    expect(await problem("https://127.0.0.1:1")).toBe("unreachable");
  });
});

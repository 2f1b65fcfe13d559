import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  certificatesMissing,
  type TestCertificate,
  testCertificate,
} from "../../test/support/certificate.ts";
import { browserGuard } from "./browser-guard.ts";
import { CertificateError, readCertificate } from "./certificate.ts";
import { createListener } from "./server.ts";
import { unusedConnections } from "./unused-connections.ts";

describe.skipIf(certificatesMissing())("a certificate", () => {
  let made: TestCertificate;
  let folder: string;
  let tlsCertificate: string;
  let tlsKey: string;
  beforeAll(() => {
    made = testCertificate();
    folder = mkdtempSync(join(tmpdir(), "roadstead-tls-"));
    tlsCertificate = join(folder, "cert.pem");
    tlsKey = join(folder, "key.pem");
    writeFileSync(tlsCertificate, made.cert);
    writeFileSync(tlsKey, made.key);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is read where one is named", () => {
    expect(readCertificate({})).toBeUndefined();
    expect(readCertificate({ tlsCertificate, tlsKey })?.cert.toString()).toBe(made.cert);
  });

  test("is refused when it is absent, or the key is another's", () => {
    expect(() => readCertificate({ tlsCertificate: join(folder, "none"), tlsKey })).toThrow(/ENOENT/);
    expect(() => readCertificate({ tlsCertificate: tlsKey, tlsKey })).toThrow(CertificateError);
  });

  test("is served, and connections on which nothing was asked are ended", async () => {
    const answering = async (_: unknown, response: { end(text: string): void }) => response.end("here");
    const server = createListener({
      ...{ guard: browserGuard("localhost", []), registry: answering, aws: answering, issuers: answering },
      ...{
        sites: answering,
        hosts: answering,
        layers: answering,
        admin: answering,
        onError: () => undefined,
      },
      upgrade: async () => {},
      certificate: { cert: Buffer.from(made.cert), key: Buffer.from(made.key) },
    });
    const closeUnused = unusedConnections(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: "localhost", port, ca: made.cert, path: "/v2/", agent: false }).end();
    const [answer] = await once(asked, "response");
    closeUnused();
    expect((await answer.toArray()).join("")).toBe("here");
    const arrived = once(server, "secureConnection");
    const idle = connect({ host: "localhost", port, ca: made.cert }).on("error", () => undefined);
    await arrived;
    closeUnused();
    await once(idle, "close");
    await new Promise((resolve) => server.close(resolve));
  });
});

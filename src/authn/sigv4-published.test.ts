import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { readSignature, type SignedRequest, verifySignature } from "./sigv4.ts";

/**
 * AWS's published Signature Version 4 test suite as the SDK for JavaScript carried it in its package (3.40.0, a
 * development dependency): requests with the `Authorization` header that AWS computed for each.
 */
interface PublishedCase {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly authorization: string;
}

const suite = createRequire(import.meta.url)("sigv4-published-suite/dist-cjs/suite.fixture.js") as {
  readonly region: string;
  readonly service: string;
  readonly credentials: { readonly secretAccessKey: string };
  readonly signingDate: Date;
  readonly requests: readonly PublishedCase[];
};

describe("AWS's published SigV4 test vectors", () => {
  test("are there", () => expect(suite.requests.length).toBeGreaterThanOrEqual(20));

  test.each(suite.requests.map((one) => [one.name, one] as const))("%s", (_, published) => {
    const request = signed(published);
    const signature = readSignature(request);
    const check = (altered: SignedRequest, secret = suite.credentials.secretAccessKey): void =>
      verifySignature(altered, signature, secret, suite.signingDate.getTime(), {
        service: suite.service,
        region: suite.region,
      });
    expect(() => check(request)).not.toThrow();
    expect(() => check(request, "another")).toThrow("does not match");
    expect(() => check({ ...request, method: "PATCH" })).toThrow("does not match");
  });
});

function signed({ request, authorization }: PublishedCase): SignedRequest {
  return {
    method: request.method,
    // As a listener receives it: one character a byte.
    path: Buffer.from(request.path, "utf8").toString("latin1"),
    query: queryText(request.query ?? {}),
    headers: { ...request.headers, authorization },
    body: Buffer.from(request.body ?? "", "utf8"),
  };
}

function queryText(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  return Object.entries(query)
    .flatMap(([name, value]) =>
      (typeof value === "string" || value === null ? [value ?? ""] : value).map(
        (one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`,
      ),
    )
    .join("&");
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commonRules, readSignature, type SignedRequest, verifySignature } from "./sigv4.ts";
import { readBasicTime } from "./sigv4-time.ts";

/**
 * AWS's published Signature Version 4 test suite, in the form in which it is published: one folder per case with
 * `context.json`, `header-signed-request.txt` and `query-signed-request.txt`. It is not part of this repository;
 * `SIGV4_TEST_SUITE` names the folder that holds the cases.
 */
const folder = process.env.SIGV4_TEST_SUITE ?? "";
const cases = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "context.json")))
  : [];

interface Context {
  readonly credentials: {
    readonly access_key_id: string;
    readonly secret_access_key: string;
    readonly token?: string;
  };
  readonly expiration_in_seconds: number;
  readonly normalize: boolean;
  readonly region: string;
  readonly service: string;
  readonly timestamp: string;
  readonly omit_session_token?: boolean;
}

describe("AWS's Signature Version 4 test suite", () => {
  test.skipIf(cases.length === 0)("is whole", () => expect(cases).toHaveLength(38));

  for (const name of cases) {
    for (const way of ["header", "query"]) {
      test(`${name}, ${way}`, () => {
        const context = JSON.parse(readFileSync(join(folder, name, "context.json"), "utf8")) as Context;
        const request = parse(readFileSync(join(folder, name, `${way}-signed-request.txt`), "latin1"));
        const signature = readSignature(request);
        expect(signature.accessKeyId).toBe(context.credentials.access_key_id);
        expect(signature.presigned).toBe(way === "query");
        expect(signature.sessionToken).toBe(context.credentials.token);
        const now = Date.parse(context.timestamp);
        expect(readBasicTime(signature.date)).toBe(now);
        const check = (secret: string): void =>
          verifySignature(request, signature, secret, now, {
            service: context.service,
            region: context.region,
            rules: {
              ...commonRules,
              path: context.normalize ? "normalised" : "unnormalised",
              sessionTokenUnsigned: context.omit_session_token === true,
            },
          });
        check(context.credentials.secret_access_key);
        expect(() => check(`${context.credentials.secret_access_key}x`)).toThrow("does not match");
      });
    }
  }
});

/** A request as the suite writes it: unencoded paths, folded header lines, no space after a colon. */
function parse(text: string): SignedRequest {
  const end = text.indexOf("\n\n");
  const lines = (end < 0 ? text.trimEnd() : text.slice(0, end)).split("\n");
  const first = lines[0] ?? "";
  const target = first.slice(first.indexOf(" ") + 1, first.lastIndexOf(" HTTP/"));
  const mark = target.indexOf("?");
  const headers: Record<string, string[]> = {};
  let last: string[] = [];
  for (const line of lines.slice(1)) {
    if (/^\s/.test(line)) {
      last.push(`${last.pop()}\n${line}`);
      continue;
    }
    const colon = line.indexOf(":");
    last = headers[line.slice(0, colon).toLowerCase()] ??= [];
    last.push(line.slice(colon + 1));
  }
  return {
    method: first.slice(0, first.indexOf(" ")),
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers,
    body: Buffer.from(end < 0 ? "" : text.slice(end + 2), "latin1"),
  };
}

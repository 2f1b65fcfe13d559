import { describe, expect, test } from "vitest";
import { codeOf, send, sendSigned } from "../signed.ts";
import { account, expectRefusal, targetOfSuite } from "./target.ts";

const target = targetOfSuite();

describe("a protocol that the service does not speak", () => {
  const cbor = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
  const rows: readonly (readonly [string, string, Record<string, string>, string])[] = [
    ["CBOR", "/service/AmazonEC2ContainerRegistry_V20150921/operation/DescribeRepositories", cbor, "\xa0"],
    ["CBOR without a path", "/", cbor, "\xbb\xff\xff\xff\xff\xff\xff\xff\xff"],
    ["a REST path", "/2015-03-31/functions", { "content-type": "application/json" }, "{}"],
    ["XML", "/", { "content-type": "application/xml" }, "<a><b/></a>"],
    ["a page's form", "/", { "content-type": "multipart/form-data; boundary=x" }, "--x--"],
  ];
  test.each(rows)("%s", async (_what, path, headers, body) => {
    const answer = await sendSigned(target.url, account, "ecr", {
      path,
      headers,
      body: Buffer.from(body, "latin1"),
    });
    expect([400, 404]).toContain(answer.status);
    expect(codeOf(answer)).toBe("UnknownOperationException");
  });
});

describe("bodies over the limit", () => {
  const mebibyte = 1024 * 1024;

  test("sent or only announced", async () => {
    expectRefusal(
      await target.ecr("DescribeRepositories", Buffer.alloc(mebibyte + 1, 0x20)),
      413,
      /^RequestEntityTooLarge/,
    );
    expectRefusal(await target.query("iam", Buffer.alloc(mebibyte + 1, 0x61)), 413, /^RequestEntityTooLarge/);
    expectRefusal(
      await send(target.url, { headers: { host: "localhost", "content-length": "99999999999" } }),
      413,
      /^RequestEntityTooLarge/,
    );
  });

  test("a manifest of five megabytes", async () => {
    const answer = await target.registry(
      "PUT",
      "app/manifests/big",
      { "content-type": "application/vnd.oci.image.manifest.v1+json" },
      JSON.stringify({ schemaVersion: 2, annotations: { a: "x".repeat(5 * mebibyte) } }),
    );
    expect([400, 413]).toContain(answer.status);
    expect(codeOf(answer)).toMatch(/^(MANIFEST_INVALID|SIZE_INVALID)$/);
  });
});

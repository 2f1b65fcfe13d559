import { describe, expect, test } from "vitest";
import { expectRefusal, targetOfSuite } from "./target.ts";

const target = targetOfSuite();

describe("at the registry", () => {
  const manifest = "application/vnd.oci.image.manifest.v1+json";
  const digestOf = (character: string) => `sha256:${character.repeat(64)}`;
  const rows: readonly (readonly [
    string,
    string,
    string,
    Record<string, string>,
    string,
    number,
    string | RegExp,
  ])[] = [
    ["a name in capitals", "GET", "App/tags/list", {}, "", 400, "NAME_INVALID"],
    ["a name that climbs", "GET", "../222222222222.us-east-1/app/tags/list", {}, "", 400, "NAME_INVALID"],
    ["an escaped climb", "GET", "%2e%2e/app/tags/list", {}, "", 400, "NAME_INVALID"],
    ["an escaped slash", "GET", "..%2f..%2fetc%2fpasswd/tags/list", {}, "", 400, "NAME_INVALID"],
    ["a NUL", "GET", "app%00/tags/list", {}, "", 400, "NAME_INVALID"],
    ["a broken escape", "GET", "app%/tags/list", {}, "", 400, "UNSUPPORTED"],
    ["no UTF-8", "GET", "app%ff/tags/list", {}, "", 400, "UNSUPPORTED"],
    ["Unicode", "GET", "%c3%a4pp/tags/list", {}, "", 400, "NAME_INVALID"],
    ["a name too long", "GET", `${"a".repeat(300)}/tags/list`, {}, "", 400, "NAME_INVALID"],
    ["a path too long", "GET", `${"a".repeat(9000)}/tags/list`, {}, "", 414, "UNSUPPORTED"],
    ["a path to nothing", "GET", "app/etc/passwd", {}, "", 404, "UNSUPPORTED"],
    ["a method of its own", "PROPFIND", "app/manifests/v1", {}, "", 405, "UNSUPPORTED"],
    ["a repository that is not there", "GET", "not-there/tags/list", {}, "", 404, "NAME_UNKNOWN"],
    ["a tag that climbs", "GET", "app/manifests/..", {}, "", 400, /INVALID$/],
    ["a digest too short", "GET", "app/manifests/sha256:abc", {}, "", 400, /INVALID$/],
    ["a digest in capitals", "GET", `app/blobs/${digestOf("A")}`, {}, "", 400, "DIGEST_INVALID"],
    [
      "another algorithm",
      "GET",
      "app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e",
      {},
      "",
      400,
      "DIGEST_INVALID",
    ],
    ["a digest that climbs", "GET", "app/blobs/sha256:..%2f..%2fkey", {}, "", 404, "UNSUPPORTED"],
    ["a blob that is not there", "GET", `app/blobs/${digestOf("0")}`, {}, "", 404, "BLOB_UNKNOWN"],
    [
      "a page of text",
      "GET",
      "app/tags/list?n=many",
      {},
      "",
      400,
      /^(PAGINATION_NUMBER_INVALID|UNSUPPORTED)$/,
    ],
    [
      "a page below zero",
      "GET",
      "app/tags/list?n=-1",
      {},
      "",
      400,
      /^(PAGINATION_NUMBER_INVALID|UNSUPPORTED)$/,
    ],
    [
      "an upload that is no id",
      "PATCH",
      "app/blobs/uploads/..%2f..%2fkey",
      {},
      "x",
      404,
      /UNKNOWN|UNSUPPORTED/,
    ],
    [
      "an upload that is not there",
      "PATCH",
      "app/blobs/uploads/00000000-0000-4000-8000-000000000000",
      {},
      "x",
      404,
      "BLOB_UPLOAD_UNKNOWN",
    ],
    ["no media type", "PUT", "app/manifests/x", {}, "{}", 400, "MANIFEST_INVALID"],
    [
      "another media type",
      "PUT",
      "app/manifests/x",
      { "content-type": "text/html" },
      "{}",
      400,
      "MANIFEST_INVALID",
    ],
    [
      "a manifest cut off",
      "PUT",
      "app/manifests/x",
      { "content-type": manifest },
      '{"schemaVersion":2,',
      400,
      "MANIFEST_INVALID",
    ],
    [
      "a manifest of nothing",
      "PUT",
      "app/manifests/x",
      { "content-type": manifest },
      "{}",
      400,
      "MANIFEST_INVALID",
    ],
    [
      "nesting without end",
      "PUT",
      "app/manifests/x",
      { "content-type": manifest },
      "[".repeat(100_000),
      400,
      "MANIFEST_INVALID",
    ],
    [
      "a manifest that its digest does not fit",
      "PUT",
      `app/manifests/${digestOf("0")}`,
      { "content-type": manifest },
      "{}",
      400,
      /^(DIGEST|MANIFEST)_INVALID$/,
    ],
    [
      "a manifest of blobs that are not there",
      "PUT",
      "app/manifests/x",
      { "content-type": manifest },
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifest,
        config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf("0"), size: 2 },
        layers: [],
      }),
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ],
    [
      "a size below zero",
      "PUT",
      "app/manifests/x",
      { "content-type": manifest },
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifest,
        config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf("0"), size: -1 },
        layers: [],
      }),
      400,
      "MANIFEST_INVALID",
    ],
    [
      "a blob under no digest",
      "POST",
      "app/blobs/uploads/?digest=sha256:nonsense",
      {},
      "x",
      400,
      "DIGEST_INVALID",
    ],
    [
      "a blob under another's digest",
      "POST",
      `app/blobs/uploads/?digest=${digestOf("0")}`,
      {},
      "x",
      400,
      "DIGEST_INVALID",
    ],
    ["a mount of no digest", "POST", "app/blobs/uploads/?mount=x&from=y", {}, "", 400, "DIGEST_INVALID"],
  ];
  test.each(rows)("%s", async (_what, method, rest, headers, body, status, code) => {
    expectRefusal(await target.registry(method, rest, headers, body), status, code);
  });

  test.each([["bytes=10-5"], ["bytes=999999999-"], ["bytes=-0"]])("the range %j", async (range) => {
    const { layer } = await firstLayer();
    expect((await target.registry("GET", `app/blobs/${layer}`, { range })).status).toBe(416);
  });

  test.each([["bytes=a-b"], ["bytes=0-0,2-3"], ["lines=1-2"], ["bytes=99999999999999999999-"]])(
    "the range %j is passed over, as RFC 9110 has it",
    async (range) => {
      const { layer, size } = await firstLayer();
      const answer = await target.registry("GET", `app/blobs/${layer}`, { range });
      expect({ status: answer.status, size: answer.body.length }).toEqual({ status: 200, size });
    },
  );

  test.each([
    ["Basic"],
    ["Basic !!!"],
    ["Basic QVdTOng="],
    ["Bearer x"],
    ["Basic dGVzdDp0ZXN0"],
    [`Basic ${"A".repeat(9000)}`],
  ])("the authorization %j", async (wrong) => {
    const answer = await target.registry("GET", "app/manifests/v1", { authorization: wrong });
    expect(answer.status).toBe(401);
    expect(answer.body.toString()).not.toContain("schemaVersion");
  });

  async function firstLayer(): Promise<{ layer: string; size: number }> {
    const answer = await target.registry("GET", "app/manifests/v1");
    const { layers } = JSON.parse(answer.body.toString()) as { layers: { digest: string; size: number }[] };
    return { layer: layers[0]?.digest ?? "", size: layers[0]?.size ?? 0 };
  }
});

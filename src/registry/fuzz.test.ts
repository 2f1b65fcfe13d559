import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../test/support/roadstead.ts";
import { digestOfBytes } from "./fake-registry.testing.ts";
import { ask } from "./http-client.testing.ts";

const base = "/v2/000000000000.us-east-1/app";
const layer = digestOfBytes("x");
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: layer, size: 1 },
  layers: [],
});

let roadstead: TestRoadstead;
let authorization: string;
beforeAll(async () => {
  roadstead = await testRoadstead({ registryDialects: "oci" });
  const ecr = new ECRClient(roadstead.client());
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  ecr.destroy();
  const headers = { authorization };
  await ask(roadstead.url, "POST", `${base}/blobs/uploads/?digest=${layer}`, { headers, body: "x" });
  await ask(roadstead.url, "PUT", `${base}/manifests/latest`, { headers, body: manifest });
  // Holds the layer when a deletion takes the image: a layer goes with the last image that names it.
  const keeper = manifest.replace("[]", '[],"annotations":{"for":"keeping"}');
  await ask(roadstead.url, "PUT", `${base}/manifests/keeper`, { headers, body: keeper });
});
afterAll(() => roadstead.stop());

/** An upload of one byte that nobody has spoilt yet. */
async function freshUpload(): Promise<string> {
  const headers = { authorization };
  const begun = await ask(roadstead.url, "POST", `${base}/blobs/uploads/`, { headers });
  await ask(roadstead.url, "PATCH", begun.headers.location ?? "", { headers, body: "x" });
  return begun.headers.location?.split("/").at(-1) ?? "";
}

const references = fc.constantFrom(
  ...[
    "latest",
    "absent",
    layer,
    digestOfBytes(manifest),
    "sha256:",
    "sha512:00",
    "..",
    "%2e%2e",
    "%ff",
    "%00",
    "a:b",
  ],
);
const paths = fc.oneof(
  { arbitrary: references.map((reference) => `${base}/manifests/${reference}`), weight: 3 },
  { arbitrary: references.map((reference) => `${base}/blobs/${reference}`), weight: 2 },
  { arbitrary: references.map((reference) => `${base}/referrers/${reference}`), weight: 1 },
  { arbitrary: fc.constantFrom(`${base}/blobs/uploads/`, `${base}/blobs/uploads/UPLOAD`), weight: 4 },
  { arbitrary: fc.constantFrom(`${base}/tags/list`, "/v2/", "/v2", "/v2/_catalog"), weight: 1 },
  {
    arbitrary: fc
      .string({ unit: fc.constantFrom("a", "/", ".", ":", "%", "2", "f", "=") })
      .map((text) => `/v2/${text}`),
    weight: 1,
  },
);
const queries = fc.constantFrom(
  ...[
    "",
    "",
    "",
    "?",
    "?n=1",
    "?n=-1",
    "?n=0&last=%ff",
    "?last=%00",
    "?digest=",
    `?digest=${layer}`,
    "?mount=&from=",
    "?tag=%00",
  ],
  ...[
    `?mount=${layer}`,
    `?mount=${layer}&from=000000000000.us-east-1/app`,
    "?artifactType=%0a",
    "?tag=a&tag=b",
  ],
);
const oddRequests = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
  path: paths,
  query: queries,
  body: fc.oneof(
    fc.constantFrom(
      "",
      "x",
      "{}",
      "[]",
      "null",
      manifest,
      manifest,
      manifest,
      "{",
      "\u0000",
      "x".repeat(1000),
    ),
    fc.json({ maxDepth: 3 }).map((value) => `{"schemaVersion":2,"config":${value},"layers":${value}}`),
    fc
      .json({ maxDepth: 2 })
      .map((value) => manifest.replace("[]", `[],"subject":${value},"annotations":${value}`)),
    fc.json({ maxDepth: 2 }).map((value) => `{"schemaVersion":2,"manifests":[${value}]}`),
  ),
  headers: fc.record(
    {
      range: fc.constantFrom("bytes=0-", "bytes=-", "bytes=9-1", "x", "bytes=-0"),
      "content-range": fc.constantFrom("0-0", "1-1", "x", "5-2", "0-999999999999999"),
      "content-type": fc.constantFrom("", ";", "application/json", "application/vnd.oci.image.index.v1+json"),
      accept: fc.constantFrom("", "*/*", ",;,", "application/vnd.oci.image.manifest.v1+json;q=0"),
      "if-none-match": fc.constantFrom("*", '"', ""),
    },
    { requiredKeys: [] },
  ),
});

/** Odd requests among requests that do their work: otherwise nothing behind the routes would be tried. */
const requests = fc.oneof(
  { arbitrary: oddRequests, weight: 20 },
  {
    arbitrary: fc.constantFrom(
      { method: "PUT", path: `${base}/manifests/latest`, query: "", body: manifest, headers: {} },
      {
        method: "PUT",
        path: `${base}/blobs/uploads/UPLOAD`,
        query: `?digest=${layer}`,
        body: "",
        headers: {},
      },
    ),
    weight: 1,
  },
);

test("no request, however odd, is answered with an error of ours", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(requests, async ({ method, path, query, body, headers }) => {
      const sendsBody = method.startsWith("P");
      const place = path.includes("UPLOAD") ? path.replace("UPLOAD", await freshUpload()) : path;
      const { status, text } = await ask(roadstead.url, method, place + query, {
        ...(sendsBody ? { body } : {}),
        headers: { ...headers, authorization },
      });
      seen.add(`${method} ${status}`);
      expect(status, text).toBeLessThan(500);
      if (status >= 400 && method !== "HEAD") expect(JSON.parse(text)).toHaveProperty("errors.0.code");
    }),
    { seed: 11, numRuns: 1000 },
  );
  const expected = [
    "GET 200",
    "HEAD 200",
    "PUT 201",
    "PUT 400",
    "PATCH 202",
    "PATCH 416",
    "POST 202",
    "DELETE 202",
  ];
  expect(expected.filter((row) => !seen.has(row))).toEqual([]);
});

import { CreateRepositoryCommand, ListImagesCommand } from "@aws-sdk/client-ecr";
import { ListPoliciesCommand, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leave, type Party, push, registryToken, rootParty } from "../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { type Answer, codeOf, type Draft, isClear, send, sendSigned } from "./signed.ts";

const account = "111111111111";
const runs = process.env.ROADSTEAD_SOAK === undefined ? 150 : 5000;
const seed = 20260901;

let roadstead: TestRoadstead;
let root: Party;
let authorization: string;
let digest: string;

beforeAll(async () => {
  roadstead = await testRoadstead({ logLevel: "error", registryDialects: "oci" });
  root = rootParty(roadstead.url, account);
  await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  authorization = `Basic ${await registryToken(root)}`;
  digest = await push(root, "app", "v1");
});
afterAll(async () => {
  // Whatever was sent: it serves, and nothing half-written is left.
  expect((await fetch(`${roadstead.url}/_roadstead/health`)).status).toBe(200);
  const { imageIds } = await root.ecr.send(new ListImagesCommand({ repositoryName: "app" }));
  expect(imageIds).toEqual([{ imageDigest: digest, imageTag: "v1" }]);
  expect((await root.iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
  expect((await root.iam.send(new ListUsersCommand({}))).Users).toEqual([]);
  expect((await root.iam.send(new ListPoliciesCommand({ Scope: "Local" }))).Policies).toEqual([]);
  leave(root);
  await roadstead.stop();
});

const ecr = (operation: string, body: Buffer | string) =>
  sendSigned(roadstead.url, account, "ecr", {
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
    },
    body,
  });
const query = (service: string, body: Buffer | string) =>
  sendSigned(roadstead.url, account, service, {
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body,
  });
const iam = (fields: Readonly<Record<string, string>>) =>
  query("iam", new URLSearchParams({ Version: "2010-05-08", ...fields }).toString());
const registry = (method: string, rest: string, headers: Record<string, string> = {}, body = "") =>
  send(roadstead.url, {
    method,
    path: `/v2/${account}.us-east-1/${rest}`,
    headers: { authorization, host: "localhost", ...headers },
    body,
  });

function expectRefusal(answer: Answer, status: number, code: string | RegExp): void {
  expect({ status: answer.status, code: codeOf(answer) }, answer.body.toString("utf8").slice(0, 500)).toEqual(
    {
      status,
      code: typeof code === "string" ? code : expect.stringMatching(code),
    },
  );
}

describe("wrong JSON", () => {
  const badly = "SerializationException";
  const invalid = "InvalidParameterException";
  const rows: readonly (readonly [string, Buffer | string, string])[] = [
    ["cut off", '{"repositoryName":"a', badly],
    ["an array", "[]", badly],
    ["null", "null", badly],
    ["a number", "1", badly],
    ["a text", '"x"', badly],
    ["two values", "{}{}", badly],
    ["a number for a text", '{"repositoryName":5}', badly],
    ["a list for a text", '{"repositoryName":["a"]}', badly],
    ["a text for a list", '{"repositoryName":"a","tags":"x"}', badly],
    ["nesting without end", '{"a":'.repeat(50_000), badly],
    ["brackets without end", "[".repeat(500_000), badly],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), invalid],
    ["a member of the prototype", '{"__proto__":{"repositoryName":"polluted"}}', invalid],
    ["nothing that is needed", "{}", invalid],
    ["a name that climbs", '{"repositoryName":"../../etc/passwd"}', invalid],
    ["a name with NUL", '{"repositoryName":"a\\u0000b"}', badly],
    ["a name in capitals", '{"repositoryName":"App"}', invalid],
    ["a name of half a surrogate pair", '{"repositoryName":"\\ud800"}', invalid],
    ["a name too long", JSON.stringify({ repositoryName: "a".repeat(257) }), invalid],
    ["a word outside its enum", '{"repositoryName":"a","imageTagMutability":"SOMETIMES"}', invalid],
    ["too many tags", JSON.stringify({ repositoryName: "a", tags: tags(201) }), invalid],
  ];
  test.each(rows)("%s", async (_what, body, code) => {
    const answer = await ecr("CreateRepository", body);
    expectRefusal(answer, 400, code);
  });

  test("an operation that ECR has not", async () => {
    expectRefusal(await ecr("OpenSesame", "{}"), 400, "UnknownOperationException");
    expectRefusal(await ecr("../DeleteRepository", "{}"), 400, "UnknownOperationException");
    expectRefusal(await ecr("constructor", "{}"), 400, "UnknownOperationException");
  });

  test("numbers beyond every range", async () => {
    for (const maxResults of ["1e400", "-1", "0", "1001", "9007199254740993", "1.5"]) {
      const answer = await ecr("DescribeRepositories", `{"maxResults":${maxResults}}`);
      expect(answer.status, maxResults).toBe(400);
      expect(isClear(answer), maxResults).toBe(true);
    }
    expect((await ecr("DescribeRepositories", '{"nextToken":"bm90IG91cnM="}')).status).toBe(400);
  });
});

function tags(count: number) {
  return Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: "v" }));
}

describe("wrong forms", () => {
  const rows: readonly (readonly [string, string, number, string | RegExp])[] = [
    ["nothing", "", 400, /^(MissingAction|InvalidAction)$/],
    ["no action", "Version=2010-05-08", 400, /^(MissingAction|InvalidAction)$/],
    ["an action that IAM has not", "Action=OpenSesame&Version=2010-05-08", 400, "InvalidAction"],
    ["an action of every object", "Action=toString&Version=2010-05-08", 400, "InvalidAction"],
    ["broken escapes", "Action=CreateUser&Version=2010-05-08&UserName=%ZZ", 404, "MalformedQueryString"],
    [
      "a list index without end",
      "Action=CreateUser&Version=2010-05-08&UserName=u&Tags.member.99999999999.Key=k",
      400,
      /./,
    ],
    [
      "dots without end",
      `Action=CreateUser&Version=2010-05-08&UserName=u&Tags${".member.1".repeat(5000)}=x`,
      400,
      /./,
    ],
    [
      "more fields than anybody has",
      `Action=ListUsers&Version=2010-05-08${Array.from({ length: 50_000 }, (_, i) => `&a${i}=b`).join("")}`,
      404,
      "MalformedQueryString",
    ],
  ];
  test.each(rows)("%s", async (_what, body, status, code) => {
    expectRefusal(await query("iam", body), status, code);
  });

  const names = [
    "",
    "../x",
    "a b",
    "a/b",
    "ä",
    "a\u0000",
    "x".repeat(65),
    "%2e%2e",
    "'; drop table iam_user",
  ];
  test.each(names)("the user name %j", async (UserName) => {
    const answer = await iam({ Action: "CreateUser", UserName });
    expectRefusal(answer, 400, UserName.includes("\u0000") ? "MalformedInput" : "ValidationError");
  });

  const arns = [
    "arn:aws:iam::aws:policy/../x",
    "arn:::::::",
    "arn:aws:s3:::bucket",
    "nothing",
    `arn:${":".repeat(2000)}`,
  ];
  test.each(arns)("the policy ARN %j", async (PolicyArn) => {
    const answer = await iam({ Action: "GetPolicy", PolicyArn });
    expect(codeOf(answer)).toMatch(/^(ValidationError|InvalidInput|NoSuchEntity)$/);
    expect([400, 404]).toContain(answer.status);
  });

  const documents: readonly (readonly [string, string])[] = [
    ["cut off", '{"Version":"2012-10-17","Statement":['],
    ["no statement", '{"Version":"2012-10-17"}'],
    [
      "another version",
      '{"Version":"2025-01-01","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ],
    [
      "another effect",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}',
    ],
    [
      "a principal where none belongs",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    ],
    [
      "action and not-action",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}',
    ],
    [
      "an operator that is none",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringSortOf":{"a":"b"}}}]}',
    ],
    ["nesting without end", `{"Version":"2012-10-17","Statement":${"[".repeat(5000)}`],
    ["an array", "[]"],
    ["a number", "17"],
  ];
  test.each(documents)("a policy: %s", async (_what, PolicyDocument) => {
    expectRefusal(
      await iam({ Action: "CreatePolicy", PolicyName: "p", PolicyDocument }),
      400,
      "MalformedPolicyDocument",
    );
  });

  test("a policy longer than AWS takes", async () => {
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: Array(2000).fill("arn:aws:s3:::b") }],
    });
    expectRefusal(
      await iam({ Action: "CreatePolicy", PolicyName: "p", PolicyDocument }),
      409,
      "LimitExceeded",
    );
    expectRefusal(
      await iam({ Action: "CreatePolicy", PolicyName: "p", PolicyDocument: "x".repeat(131_073) }),
      400,
      "ValidationError",
    );
  });
});

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
    const answer = await sendSigned(roadstead.url, account, "ecr", {
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
      await ecr("DescribeRepositories", Buffer.alloc(mebibyte + 1, 0x20)),
      413,
      /^RequestEntityTooLarge/,
    );
    expectRefusal(await query("iam", Buffer.alloc(mebibyte + 1, 0x61)), 413, /^RequestEntityTooLarge/);
    expectRefusal(
      await send(roadstead.url, { headers: { host: "localhost", "content-length": "99999999999" } }),
      413,
      /^RequestEntityTooLarge/,
    );
  });

  test("a manifest of five megabytes", async () => {
    const answer = await registry(
      "PUT",
      "app/manifests/big",
      { "content-type": "application/vnd.oci.image.manifest.v1+json" },
      JSON.stringify({ schemaVersion: 2, annotations: { a: "x".repeat(5 * mebibyte) } }),
    );
    expect([400, 413]).toContain(answer.status);
    expect(codeOf(answer)).toMatch(/^(MANIFEST_INVALID|SIZE_INVALID)$/);
  });
});

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
    expectRefusal(await registry(method, rest, headers, body), status, code);
  });

  test.each([["bytes=10-5"], ["bytes=999999999-"], ["bytes=-0"]])("the range %j", async (range) => {
    const { layer } = await firstLayer();
    expect((await registry("GET", `app/blobs/${layer}`, { range })).status).toBe(416);
  });

  test.each([["bytes=a-b"], ["bytes=0-0,2-3"], ["lines=1-2"], ["bytes=99999999999999999999-"]])(
    "the range %j is passed over, as RFC 9110 has it",
    async (range) => {
      const { layer, size } = await firstLayer();
      const answer = await registry("GET", `app/blobs/${layer}`, { range });
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
    const answer = await registry("GET", "app/manifests/v1", { authorization: wrong });
    expect(answer.status).toBe(401);
    expect(answer.body.toString()).not.toContain("schemaVersion");
  });

  async function firstLayer(): Promise<{ layer: string; size: number }> {
    const answer = await registry("GET", "app/manifests/v1");
    const { layers } = JSON.parse(answer.body.toString()) as { layers: { digest: string; size: number }[] };
    return { layer: layers[0]?.digest ?? "", size: layers[0]?.size ?? 0 };
  }
});

describe("anything at all", () => {
  /** Requests go a few at once: what one does wrong another would feel. */
  async function allClear(drafts: readonly (() => Promise<Answer>)[]): Promise<void> {
    for (let i = 0; i < drafts.length; i += 8) {
      for (const answer of await Promise.all(drafts.slice(i, i + 8).map((draft) => draft()))) {
        expect(isClear(answer), `${answer.status} ${answer.body.toString("utf8").slice(0, 300)}`).toBe(true);
      }
    }
  }

  const sample = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { numRuns: runs, seed });
  // Reads only, and writes that cannot succeed: the end of the suite counts what is there.
  const reads = [
    "DescribeRepositories",
    "DescribeImages",
    "BatchGetImage",
    "ListTagsForResource",
    "GetDownloadUrlForLayer",
    "DescribeImageReplicationStatus",
    "UploadLayerPart",
    "CompleteLayerUpload",
    "PutReplicationConfiguration",
  ] as const;
  const members = fc.constantFrom(
    "repositoryName",
    "repositoryNames",
    "registryId",
    "imageIds",
    "imageId",
    "filter",
    "maxResults",
    "nextToken",
    "resourceArn",
    "layerDigest",
    "uploadId",
    "partFirstByte",
    "layerPartBlob",
    "replicationConfiguration",
  );

  test("JSON of any shape", async () => {
    const bodies = sample(
      fc.tuple(
        fc.constantFrom(...reads),
        fc.dictionary(members, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 5 }),
      ),
    );
    await allClear(
      bodies.map(
        ([operation, body]) =>
          () =>
            ecr(operation, JSON.stringify(body)),
      ),
    );
  });

  test("forms of any shape", async () => {
    const actions = fc.constantFrom(
      "ListUsers",
      "GetRole",
      "GetPolicy",
      "SimulateCustomPolicy",
      "GetContextKeysForCustomPolicy",
      "ListEntitiesForPolicy",
      "GetServiceLinkedRoleDeletionStatus",
      "AssumeRole",
      "GetCallerIdentity",
    );
    const fields = fc.dictionary(
      fc.constantFrom(
        "RoleName",
        "Marker",
        "MaxItems",
        "PolicyArn",
        "PolicyInputList.member.1",
        "ActionNames.member.1",
        "ContextEntries.member.1.ContextKeyName",
        "PathPrefix",
        "DeletionTaskId",
        "RoleArn",
        "Scope",
      ),
      fc.oneof(fc.string({ unit: "binary", maxLength: 80 }), fc.json()),
      { maxKeys: 6 },
    );
    await allClear(
      sample(fc.tuple(actions, fields, fc.constantFrom("iam", "sts"))).map(
        ([Action, given, service]) =>
          () =>
            query(
              service,
              new URLSearchParams({
                Action,
                Version: service === "iam" ? "2010-05-08" : "2011-06-15",
                ...given,
              }).toString(),
            ),
      ),
    );
  });

  test("bytes of any kind as every protocol", async () => {
    const types = fc.constantFrom(
      "application/x-amz-json-1.0",
      "application/x-amz-json-1.1",
      "application/x-www-form-urlencoded",
      "application/cbor",
      "application/xml",
      "text/plain",
      "",
    );
    const drafts = sample(
      fc.tuple(
        types,
        fc.constantFrom("ecr", "iam", "sts", "cloudtrail", "organizations"),
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("/", "/service/CloudTrail_20131101/operation/LookupEvents", "/service/x/operation/y"),
        fc.constantFrom(
          "",
          "AmazonEC2ContainerRegistry_V20150921.DescribeImages",
          "CloudTrail_20131101.LookupEvents",
          "x",
        ),
      ),
    );
    await allClear(
      drafts.map(
        ([type, service, bytes, path, target]) =>
          () =>
            sendSigned(roadstead.url, account, service, {
              path,
              headers: {
                "content-type": type,
                ...(target !== "" && { "x-amz-target": target }),
                ...(type === "application/cbor" && { "smithy-protocol": "rpc-v2-cbor" }),
              },
              body: Buffer.from(bytes),
            }),
      ),
    );
  });

  test("paths of any kind at the registry", async () => {
    const part = fc.oneof(
      fc.constantFrom(
        "app",
        "..",
        ".",
        "",
        "%2e%2e",
        "%00",
        "blobs",
        "uploads",
        "manifests",
        "tags",
        "list",
        "referrers",
        "_catalog",
        `sha256:${"0".repeat(64)}`,
        "v1",
        "?",
        "?n=1&last=%ff",
        "#",
        "%",
      ),
      fc.string({ maxLength: 12 }).map(encodeURI),
    );
    const methods = fc.constantFrom("GET", "HEAD", "PATCH", "POST", "OPTIONS", "TRACE");
    const drafts = sample(fc.tuple(methods, fc.array(part, { maxLength: 6 }), fc.boolean()));
    await allClear(
      drafts.map(([method, parts, known]) => async () => {
        const answer = await send(roadstead.url, {
          method,
          path: `/v2/${account}.us-east-1/${parts.join("/")}`.replaceAll(" ", "%20"),
          headers: { host: "localhost", ...(known && { authorization }) },
        });
        // What answers HEAD has no words, and 401 none either.
        return method === "HEAD" || answer.status === 401
          ? { ...answer, body: Buffer.from('{"error":"-"}') }
          : answer;
      }),
    );
  });

  test("signatures of any kind", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "AWS4-HMAC-SHA256",
        "Credential=",
        "test/20260101/us-east-1/ecr/aws4_request",
        "SignedHeaders=host",
        "Signature=",
        "0".repeat(64),
        ",",
        " ",
        "=",
        "/",
        "AWS4-ECDSA-P256-SHA256",
      ),
      fc.string({ maxLength: 10 }).map((text) => text.replace(/[^\x20-\x7e]/g, "?")),
    );
    const drafts: Draft[] = sample(fc.array(piece, { maxLength: 10 })).map((pieces) => ({
      headers: { host: "localhost", authorization: pieces.join("") },
      body: "{}",
    }));
    const answers: Answer[] = [];
    await allClear(
      drafts.map((draft) => async () => {
        const answer = await send(roadstead.url, draft);
        answers.push(answer);
        return answer;
      }),
    );
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Answer, type Draft, isClear, send, sendSigned } from "../signed.ts";
import { account, targetOfSuite } from "./target.ts";

const runs = process.env.ROADSTEAD_SOAK === undefined ? 150 : 5000;
const seed = 20260901;

const target = targetOfSuite();

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
            target.ecr(operation, JSON.stringify(body)),
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
            target.query(
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
        ([type, service, bytes, path, operation]) =>
          () =>
            sendSigned(target.url, account, service, {
              path,
              headers: {
                "content-type": type,
                ...(operation !== "" && { "x-amz-target": operation }),
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
        const answer = await send(target.url, {
          method,
          path: `/v2/${account}.us-east-1/${parts.join("/")}`.replaceAll(" ", "%20"),
          headers: { host: "localhost", ...(known && { authorization: target.authorization }) },
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
        const answer = await send(target.url, draft);
        answers.push(answer);
        return answer;
      }),
    );
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
  });
});

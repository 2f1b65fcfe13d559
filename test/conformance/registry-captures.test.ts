import { CreateRepositoryCommand, SetRepositoryPolicyCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, type Party, policy, push, registryToken, rootParty, userParty } from "../clients/parties.ts";
import { type Answer, send } from "../failure/signed.ts";
import recording from "../fixtures/captures/ecr/registry_http.json" with { type: "json" };
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * What AWS's registry answered over HTTP, asked for again in the recording's order: status, the headers it has and the
 * body. The image is another (the recording left its bytes out), so its digest and manifest are our own.
 */

const account = "000000000000";
const name = "stackd-buildowner-ecr-2b69d1cf0ec0-images";
let roadstead: TestRoadstead;
let root: Party;
let delegated: Party;
let token: string;
let digest: string;
const manifests: Answer[] = [];

beforeAll(async () => {
  roadstead = await testRoadstead();
  root = rootParty(roadstead.url, account);
  delegated = await userParty(root, "Delegated", { Effect: "Allow", Action: "ecr:*", Resource: "*" });
  await root.ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
  digest = await push(root, name, "original");
  token = await registryToken(delegated);
});
afterAll(async () => {
  leave(root, delegated);
  await roadstead.stop();
});

test("the registry's answers over HTTP are AWS's", async () => {
  expect(recording.observations.map((one) => one.case)).toEqual([
    ...["registry_anonymous", "registry_authenticated_manifest", "registry_manifest_push"],
    ...["registry_tags", "current_policy_existing_token_0"],
  ]);
  for (const observation of recording.observations) {
    if (observation.case === "current_policy_existing_token_0") await denyPulls();
    const answer = await asked(observation);
    const headers = Object.fromEntries(
      Object.keys(observation.headers).map((header) => [header, answer.headers[header.toLowerCase()]]),
    );
    expect({
      case: observation.case,
      status: answer.status,
      headers,
      body: bodyOf(answer, observation.case),
    }).toEqual({
      case: observation.case,
      status: observation.http_status,
      headers: expected(observation),
      body: recordedBody(observation),
    });
  }
});

interface Observation {
  readonly case: string;
  readonly method: string;
  readonly path: string;
  readonly authenticated: boolean;
  readonly headers: object;
  readonly body: string;
}

async function asked({ case: what, method, path, authenticated }: Observation): Promise<Answer> {
  const pushed = manifests[0];
  const answer = await send(roadstead.url, {
    method,
    path,
    headers: {
      host: `${account}.dkr.ecr.us-east-1.localhost`,
      ...(authenticated && { authorization: `Basic ${token}` }),
      ...(method === "PUT" && { "content-type": String(pushed?.headers["content-type"]) }),
    },
    body: method === "PUT" ? (pushed?.body ?? "") : "",
  });
  if (what === "registry_authenticated_manifest") manifests.push(answer);
  return answer;
}

async function denyPulls(): Promise<void> {
  await root.ecr.send(
    new SetRepositoryPolicyCommand({
      repositoryName: name,
      policyText: policy({
        Sid: "Deny",
        Effect: "Deny",
        Principal: { AWS: `arn:aws:iam::${account}:user/Delegated` },
        Action: "ecr:BatchGetImage",
      }),
    }),
  );
}

/** The recorded headers, with our image's digest in the place of theirs. */
function expected({ headers }: Observation): object {
  return "Docker-Content-Digest" in headers ? { ...headers, "Docker-Content-Digest": digest } : headers;
}

/** A manifest is told by its members' names, tags without their order, and all else to the letter. */
function bodyOf({ body }: Answer, what: string): unknown {
  return readBody(body.toString("utf8"), what);
}

function recordedBody({ body, case: what }: Observation): unknown {
  return readBody(body, what);
}

function readBody(text: string, what: string): unknown {
  if (what === "registry_authenticated_manifest") return Object.keys(JSON.parse(text) as object).toSorted();
  if (what !== "registry_tags") return text;
  const listed = JSON.parse(text) as { name: string; tags: string[] };
  return { ...listed, tags: listed.tags.toSorted() };
}

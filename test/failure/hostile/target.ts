import { CreateRepositoryCommand, ListImagesCommand } from "@aws-sdk/client-ecr";
import { ListPoliciesCommand, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect } from "vitest";
import { leave, type Party, push, registryToken, rootParty } from "../../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../../support/roadstead.ts";
import { type Answer, codeOf, send, sendSigned } from "../signed.ts";

export const account = "111111111111";

/** A Roadstead that hostile requests are sent to, each signed by its root unless it says otherwise. */
export interface Target {
  readonly url: string;
  /** `Basic …`, good at the registry. */
  readonly authorization: string;
  ecr(operation: string, body: Buffer | string): Promise<Answer>;
  /** A form for a service of the query protocol. */
  query(service: string, body: Buffer | string): Promise<Answer>;
  iam(fields: Readonly<Record<string, string>>): Promise<Answer>;
  /** `rest` is what follows the registry's own part of the path. */
  registry(method: string, rest: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
}

/**
 * Starts one for a suite, with an image `app:v1`. At the suite's end: whatever was sent, it serves, and nothing
 * half-written is left.
 */
export function targetOfSuite(): Target {
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
    expect((await fetch(`${roadstead.url}/_roadstead/health`)).status).toBe(200);
    const { imageIds } = await root.ecr.send(new ListImagesCommand({ repositoryName: "app" }));
    expect(imageIds).toEqual([{ imageDigest: digest, imageTag: "v1" }]);
    expect((await root.iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect((await root.iam.send(new ListUsersCommand({}))).Users).toEqual([]);
    expect((await root.iam.send(new ListPoliciesCommand({ Scope: "Local" }))).Policies).toEqual([]);
    leave(root);
    await roadstead.stop();
  });

  return {
    get url() {
      return roadstead.url;
    },
    get authorization() {
      return authorization;
    },
    ecr: (operation, body) =>
      sendSigned(roadstead.url, account, "ecr", {
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
        },
        body,
      }),
    query: (service, body) =>
      sendSigned(roadstead.url, account, service, {
        headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
        body,
      }),
    iam(fields) {
      return this.query("iam", new URLSearchParams({ Version: "2010-05-08", ...fields }).toString());
    },
    registry: (method, rest, headers = {}, body = "") =>
      send(roadstead.url, {
        method,
        path: `/v2/${account}.us-east-1/${rest}`,
        headers: { authorization, host: "localhost", ...headers },
        body,
      }),
  };
}

/** Whether a request was refused with this status and code. */
export function expectRefusal(answer: Answer, status: number, code: string | RegExp): void {
  expect({ status: answer.status, code: codeOf(answer) }, answer.body.toString("utf8").slice(0, 500)).toEqual(
    {
      status,
      code: typeof code === "string" ? code : expect.stringMatching(code),
    },
  );
}

import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testKey, testToken } from "../../src/services/sts/oidc.testing.ts";
import { certificatesMissing, testCertificate } from "../support/certificate.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Who has nothing but a token of an identity provider: a real one, over HTTPS, on this machine. */

const account = "333333333333";
const roleArn = `arn:aws:iam::${account}:role/workload`;
const noAws = missing("aws");
const noBoto = missing("python3", "-c", "import boto3");

describe.skipIf(certificatesMissing())("web identity", { timeout: 120_000 }, () => {
  const certificate = testCertificate();
  const key = testKey("k1");
  let issuer: Server;
  let url = "";
  let roadstead: TestRoadstead;

  beforeAll(async () => {
    issuer = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      const documents: Readonly<Record<string, object>> = {
        "/.well-known/openid-configuration": { issuer: url, jwks_uri: `${url}/keys` },
        "/keys": { keys: [key.jwk] },
      };
      response.end(JSON.stringify(documents[request.url ?? ""] ?? {}));
    });
    await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
    roadstead = await testRoadstead({ allowPrivateEgress: true });
    await trustIssuer(roadstead);
  });
  afterAll(async () => {
    await roadstead?.stop();
    issuer.closeAllConnections();
    issuer.close();
  });

  async function trustIssuer({ client }: TestRoadstead): Promise<void> {
    const iam = new IAMClient(client(account));
    const { OpenIDConnectProviderArn: Federated } = await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: url,
        ClientIDList: ["sts.amazonaws.com"],
        ThumbprintList: [certificate.thumbprint],
      }),
    );
    const host = url.slice("https://".length);
    const statement = {
      Effect: "Allow",
      Principal: { Federated },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { [`${host}:sub`]: "pod", [`${host}:aud`]: "sts.amazonaws.com" } },
    };
    await iam.send(
      new CreateRoleCommand({
        RoleName: "workload",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    const allowed = { Effect: "Allow", Action: "iam:ListUsers", Resource: "*" };
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "workload",
        PolicyName: "users",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [allowed] }),
      }),
    );
    iam.destroy();
  }

  const token = (sub = "pod") => {
    const now = Math.floor(Date.now() / 1000);
    return testToken(key, { iss: url, sub, aud: "sts.amazonaws.com", iat: now, exp: now + 600 });
  };
  const withoutKeys = (of: TestRoadstead) => {
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = of.environment(account);
    return rest;
  };
  const take = (of: TestRoadstead, webIdentityToken: string) =>
    command(
      "aws",
      // biome-ignore format: a command line
      ["sts", "assume-role-with-web-identity", "--role-arn", roleArn, "--role-session-name", "cli",
        "--web-identity-token", webIdentityToken, "--output", "json"],
      { env: withoutKeys(of) },
    );

  test.skipIf(noAws)("the AWS CLI takes a role with a token and no keys", async () => {
    const { stdout, stderr } = await take(roadstead, token());
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      SubjectFromWebIdentityToken: "pod",
      Audience: "sts.amazonaws.com",
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/workload/cli` },
    });
    const trail = new CloudTrailClient(roadstead.client(account));
    const { Events: events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "AssumeRoleWithWebIdentity" }],
      }),
    );
    trail.destroy();
    expect(events.length).toBe(1);
    expect(events[0]?.CloudTrailEvent).not.toContain(token().split(".")[2]);
    expect(events[0]?.CloudTrailEvent).not.toContain("eyJ");
    const provider = `arn:aws:iam::${account}:oidc-provider/${url.slice("https://".length)}`;
    expect(events[0]?.Username).toBe("pod");
    expect(JSON.parse(events[0]?.CloudTrailEvent ?? "").userIdentity).toEqual({
      type: "WebIdentityUser",
      principalId: `${provider}:sts.amazonaws.com:pod`,
      userName: "pod",
      identityProvider: provider,
    });
  });

  test.skipIf(noAws)("the AWS CLI is told why it may not", async () => {
    expect((await take(roadstead, token("intruder"))).stderr).toContain(
      "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
    expect((await take(roadstead, `${token()}AA`)).stderr).toContain("(InvalidIdentityToken)");
    const trail = new CloudTrailClient(roadstead.client(account));
    const { Events: events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "AssumeRoleWithWebIdentity" }],
      }),
    );
    trail.destroy();
    // Both are in the trail of the role's account: who was vouched for, and who could not be told.
    expect(
      events
        .map((event) => JSON.parse(event.CloudTrailEvent ?? ""))
        .filter(({ errorCode }) => errorCode !== undefined)
        .map(({ errorCode, userIdentity }) => [errorCode, userIdentity.type, userIdentity.userName]),
    ).toEqual([
      ["InvalidIdentityTokenException", "Unknown", undefined],
      ["AccessDenied", "WebIdentityUser", "intruder"],
    ]);
  });

  test.skipIf(noBoto)("boto3 takes the role by itself, as in a pod", async () => {
    const file = join(roadstead.dataDir, "token");
    writeFileSync(file, token());
    const script = [
      "import boto3",
      "print(boto3.client('sts').get_caller_identity()['Arn'])",
      "print(len(boto3.client('iam').list_users()['Users']))",
      "try: boto3.client('iam').list_roles()",
      "except Exception as error: print(error.response['Error']['Code'])",
    ].join("\n");
    const { stdout, stderr } = await command("python3", ["-c", script], {
      env: {
        ...withoutKeys(roadstead),
        AWS_ROLE_ARN: roleArn,
        AWS_WEB_IDENTITY_TOKEN_FILE: file,
        AWS_ROLE_SESSION_NAME: "pod-1",
      },
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(`arn:aws:sts::${account}:assumed-role/workload/pod-1\n0\nAccessDenied\n`);
  });

  test("nothing else is let in without a signature", async () => {
    for (const action of ["GetCallerIdentity", "AssumeRole", "ListUsers"]) {
      const version = action === "ListUsers" ? "2010-05-08" : "2011-06-15";
      const answer = await fetch(roadstead.url, {
        method: "POST",
        body: new URLSearchParams({ Action: action, Version: version }),
      });
      expect(answer.status, action).toBe(403);
      expect(await answer.text()).toContain("<Code>MissingAuthenticationToken</Code>");
    }
  });

  test.skipIf(noAws)("a provider at a private address is not called unless that was allowed", async () => {
    const closed = await testRoadstead();
    try {
      await trustIssuer(closed);
      expect((await take(closed, token())).stderr).toMatch(/InvalidIdentityToken.*allowPrivateEgress/);
    } finally {
      await closed.stop();
    }
  });
});

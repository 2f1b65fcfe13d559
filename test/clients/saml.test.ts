import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CreateRoleCommand, CreateSAMLProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  assertionOf,
  metadataOf,
  posted,
  responseAround,
  signed,
} from "../../src/services/sts/saml.testing.ts";
import { certificatesMissing, testCertificate } from "../support/certificate.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Who has nothing but a signed SAML response: the AWS CLI, without keys. */

const account = "333333333333";
const issuer = "https://idp.example.com/saml";
const provider = `arn:aws:iam::${account}:saml-provider/idp`;
const roleArn = `arn:aws:iam::${account}:role/people`;

describe.skipIf(certificatesMissing() ?? missing("aws"))("SAML", { timeout: 60_000 }, () => {
  const certificate = testCertificate();
  let roadstead: TestRoadstead;

  beforeAll(async () => {
    roadstead = await testRoadstead();
    const iam = new IAMClient(roadstead.client(account));
    await iam.send(
      new CreateSAMLProviderCommand({
        Name: "idp",
        SAMLMetadataDocument: metadataOf(issuer, [certificate.der]),
      }),
    );
    const statement = {
      Effect: "Allow",
      Principal: { Federated: provider },
      Action: "sts:AssumeRoleWithSAML",
      Condition: { StringEquals: { "saml:aud": "https://signin.aws.amazon.com/saml" } },
    };
    await iam.send(
      new CreateRoleCommand({
        RoleName: "people",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    iam.destroy();
  });
  afterAll(() => roadstead?.stop());

  function response(): string {
    const attributes = { Role: [`${roleArn},${provider}`], RoleSessionName: ["ann"] };
    const assertion = assertionOf({ issuer, now: Date.now(), attributes });
    return signed(responseAround(assertion), "_assertion", certificate.key);
  }

  const take = (xml: string) => {
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...env } = roadstead.environment(account);
    return command(
      "aws",
      // biome-ignore format: a command line
      ["sts", "assume-role-with-saml", "--role-arn", roleArn, "--principal-arn", provider,
        "--saml-assertion", posted(xml), "--output", "json"],
      { env },
    );
  };

  test("takes a role, and the role's account has it in its trail without the assertion", async () => {
    const xml = response();
    const { stdout, stderr } = await take(xml);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      Subject: "ann",
      SubjectType: "persistent",
      Issuer: issuer,
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/people/ann` },
    });
    const trail = new CloudTrailClient(roadstead.client(account));
    const { Events: events = [] } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "AssumeRoleWithSAML" }],
      }),
    );
    trail.destroy();
    expect(events).toHaveLength(1);
    expect(events[0]?.CloudTrailEvent).toContain(provider);
    expect(events[0]?.CloudTrailEvent).not.toContain(posted(xml).slice(0, 100));
  });

  test("takes none with a response that was changed", async () => {
    const { stderr } = await take(response().replace(">ann</saml:NameID>", ">eve</saml:NameID>"));
    expect(stderr).toContain("(InvalidIdentityToken)");
    expect(stderr).toContain("Response signature invalid");
  });
});

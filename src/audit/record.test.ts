import { describe, expect, test } from "vitest";
import capture from "../../test/fixtures/cloudtrail/service-linked-role-audit.json" with { type: "json" };
import { formatArn, rootArn } from "../kernel/arn.ts";
import type { AccountId, Arn, Region, RoleId } from "../kernel/brand.ts";
import type { Json } from "../kernel/json.ts";
import type { Principal, RoleSessionPrincipal } from "../kernel/principal.ts";
import { type CallRecord, cloudTrailRecord, usedIdentities, username } from "./record.ts";

const account = "111122223333" as AccountId;
const session = { issuedAt: Date.UTC(2026, 8, 16, 16, 58, 41), expiresAt: Date.UTC(2026, 8, 16, 20) };

type Captured = (typeof capture.events)[number];

/** The call that AWS recorded, as our dispatcher would have reported it. */
function callOf(event: Captured): CallRecord {
  const { userIdentity: who } = event;
  const issuer = who.sessionContext.sessionIssuer;
  const principal: RoleSessionPrincipal = {
    type: "AssumedRole",
    account: who.accountId as AccountId,
    arn: who.arn as Arn,
    roleArn: issuer.arn as Arn,
    roleName: issuer.userName,
    roleId: issuer.principalId as RoleId,
    sessionName: who.principalId.slice(who.principalId.indexOf(":") + 1),
    accessKeyId: who.accessKeyId,
    session: {
      issuedAt: Date.parse(who.sessionContext.attributes.creationDate),
      expiresAt: Number.POSITIVE_INFINITY,
    },
  };
  return {
    eventId: event.eventID,
    requestId: event.requestID,
    // CloudTrail shows whole seconds.
    time: Date.parse(event.eventTime) + 999,
    eventSource: event.eventSource,
    eventName: event.eventName,
    region: event.awsRegion as Region,
    principal,
    sourceIp: event.sourceIPAddress,
    userAgent: event.userAgent,
    invokedBy: who.invokedBy,
    readOnly: event.readOnly,
    requestParameters: event.requestParameters as Json,
    responseElements: event.responseElements as Json,
    errorCode: event.errorCode,
    errorMessage: event.errorMessage,
    resources: [],
  };
}

describe("records as AWS writes them", () => {
  test.each(capture.events.map((event) => [event.errorCode ?? "well", event] as const))(
    "a call forwarded by a service that ended %s",
    (_outcome, event) => {
      const record = cloudTrailRecord(callOf(event), event.recipientAccountId as AccountId);
      expect(record).toEqual(event);
      // The order of members is AWS's too.
      expect(Object.keys(record as object)).toEqual(Object.keys(event));
    },
  );

  test("resources follow, each with its owner and type", () => {
    const [event] = capture.events;
    if (event === undefined) throw new Error("the capture is empty");
    const arn = formatArn("ecr", "us-east-1", account, "repository/app");
    const resources = [{ arn, type: "AWS::ECR::Repository", account }];
    expect(cloudTrailRecord({ ...callOf(event), resources }, account)).toMatchObject({
      resources: [{ ARN: arn, accountId: account, type: "AWS::ECR::Repository" }],
      recipientAccountId: account,
    });
  });
});

const user: Principal = {
  type: "IAMUser",
  account,
  arn: formatArn("iam", "", account, "user/ann"),
  userName: "ann",
  userId: "AIDAANN",
  accessKeyId: "AKIAANN",
};
const role: Principal = {
  type: "AssumedRole",
  account,
  arn: formatArn("sts", "", account, "assumed-role/Builder/job"),
  roleArn: formatArn("iam", "", account, "role/Builder"),
  roleName: "Builder",
  roleId: "AROABUILDER" as RoleId,
  sessionName: "job",
  accessKeyId: "ASIAJOB",
  session,
};
const federated: Principal = {
  type: "FederatedUser",
  account,
  arn: formatArn("sts", "", account, "federated-user/bob"),
  name: "bob",
  accessKeyId: "ASIABOB",
  session: { ...session, mfaAuthenticated: true },
  issuer: { type: "IAMUser", arn: formatArn("iam", "", account, "user/ann"), id: "AIDAANN", name: "ann" },
};
const root: Principal = { type: "Root", account, arn: rootArn(account), accessKeyId: account };
const service: Principal = { type: "AWSService", service: "ecs.amazonaws.com", account };
const anonymous: Principal = { type: "Anonymous" };

/** CloudTrail User Guide, "CloudTrail userIdentity element"; LookupEvents' Username; what counts as used. */
const identities: readonly (readonly [Principal, object, string | undefined, readonly string[]])[] = [
  [
    root,
    { type: "Root", principalId: account, arn: rootArn(account), accountId: account, accessKeyId: account },
    "root",
    [account, account],
  ],
  [
    user,
    {
      type: "IAMUser",
      principalId: "AIDAANN",
      arn: user.arn,
      accountId: account,
      accessKeyId: "AKIAANN",
      userName: "ann",
    },
    "ann",
    ["AKIAANN", "AIDAANN"],
  ],
  [
    { ...user, session },
    {
      type: "IAMUser",
      principalId: "AIDAANN",
      arn: user.arn,
      accountId: account,
      accessKeyId: "AKIAANN",
      userName: "ann",
      sessionContext: { attributes: { creationDate: "2026-09-16T16:58:41Z", mfaAuthenticated: "false" } },
    },
    "ann",
    ["AKIAANN", "AIDAANN"],
  ],
  [
    role,
    {
      type: "AssumedRole",
      principalId: "AROABUILDER:job",
      arn: role.arn,
      accountId: account,
      accessKeyId: "ASIAJOB",
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: "AROABUILDER",
          arn: role.roleArn,
          accountId: account,
          userName: "Builder",
        },
        attributes: { creationDate: "2026-09-16T16:58:41Z", mfaAuthenticated: "false" },
      },
    },
    "job",
    ["AROABUILDER"],
  ],
  [
    federated,
    {
      type: "FederatedUser",
      principalId: `${account}:bob`,
      arn: federated.arn,
      accountId: account,
      accessKeyId: "ASIABOB",
      sessionContext: {
        sessionIssuer: {
          type: "IAMUser",
          principalId: "AIDAANN",
          arn: user.arn,
          accountId: account,
          userName: "ann",
        },
        attributes: { creationDate: "2026-09-16T16:58:41Z", mfaAuthenticated: "true" },
      },
    },
    "bob",
    ["AIDAANN"],
  ],
  [service, { type: "AWSService", invokedBy: "ecs.amazonaws.com" }, undefined, []],
  [
    anonymous,
    { type: "Unknown", principalId: "ANONYMOUS_PRINCIPAL", accountId: "ANONYMOUS_PRINCIPAL" },
    undefined,
    [],
  ],
];

describe("who called", () => {
  const call: CallRecord = {
    eventId: "e",
    requestId: "r",
    time: 0,
    eventSource: "sts.amazonaws.com",
    eventName: "AssumeRoleWithSAML",
    region: "us-east-1" as Region,
    principal: anonymous,
    sourceIp: "192.0.2.7",
    userAgent: "test",
    readOnly: false,
    requestParameters: null,
    responseElements: null,
    resources: [],
  };

  test("somebody for whom an identity provider vouches", () => {
    const vouched = {
      type: "SAMLUser",
      principalId: "qualifier=:ann",
      userName: "ann",
      identityProvider: "qualifier=",
    } as const;
    expect(cloudTrailRecord({ ...call, vouched }, account)).toMatchObject({ userIdentity: { ...vouched } });
    expect(username({ principal: anonymous, vouched })).toBe("ann");
  });

  const oidc = `arn:aws:iam::${account}:oidc-provider/example.com`;
  test.each([
    [oidc, { federatedProvider: oidc, attributes: {} }],
    [`arn:aws:iam::${account}:saml-provider/idp`, undefined],
    [undefined, undefined],
  ])("a session made by the identity provider %s", (federatedProvider, expected) => {
    const principal: Principal = {
      type: "AssumedRole",
      account,
      arn: `arn:aws:sts::${account}:assumed-role/r/s` as Arn,
      roleArn: `arn:aws:iam::${account}:role/r` as Arn,
      roleName: "r",
      roleId: "AROAR" as RoleId,
      sessionName: "s",
      accessKeyId: "ASIAS",
      session: { issuedAt: 0, expiresAt: 1, federatedProvider },
    };
    const record = cloudTrailRecord({ ...call, principal }, account) as {
      readonly userIdentity: { readonly sessionContext: { readonly webIdFederationData?: object } };
    };
    expect(record.userIdentity.sessionContext.webIdFederationData).toEqual(expected);
  });

  test.each(identities.map((row) => [row[0].type, ...row] as const))(
    "%s",
    (_type, principal, shown, name, used) => {
      const record = cloudTrailRecord(
        {
          eventId: "e",
          requestId: "r",
          time: 0,
          eventSource: "ecr.amazonaws.com",
          eventName: "PutImage",
          region: "eu-west-1" as Region,
          principal,
          sourceIp: "192.0.2.7",
          userAgent: "test",
          readOnly: false,
          requestParameters: null,
          responseElements: null,
          resources: [],
        },
        account,
      );
      expect(record).toMatchObject({ userIdentity: shown });
      expect(Object.keys((record as { userIdentity: object }).userIdentity)).toEqual(Object.keys(shown));
      expect(username({ principal })).toBe(name);
      expect(usedIdentities(principal)).toEqual(used);
    },
  );
});

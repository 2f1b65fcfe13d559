import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { formatArn } from "../kernel/arn.ts";
import type { AccountId, Region, RoleId } from "../kernel/brand.ts";
import type { Principal, RoleSessionPrincipal } from "../kernel/principal.ts";
import { systemRandom } from "../kernel/random.ts";
import type { CallContext } from "./context.ts";
import { type KeySources, requestContext } from "./global-keys.ts";
import { account, began, region, root, source, user } from "./house.testing.ts";
import type { OrganizationPlace } from "./identity.ts";

const session = { issuedAt: began - 90_000, expiresAt: began + 3_600_000 };
const roleSession: RoleSessionPrincipal = {
  type: "AssumedRole",
  account,
  arn: formatArn("sts", "", account, "assumed-role/Builder/job-1"),
  roleArn: formatArn("iam", "", account, "role/ci/Builder"),
  roleName: "Builder",
  roleId: "AROABUILDER" as RoleId,
  sessionName: "job-1",
  accessKeyId: "ASIAJOB1",
  session,
};
const federated: Principal = {
  type: "FederatedUser",
  account,
  arn: formatArn("sts", "", account, "federated-user/Bob"),
  name: "Bob",
  accessKeyId: "ASIABOB",
  session,
  issuer: { type: "IAMUser", arn: user("ann").arn, id: "AIDAANN", name: "ann" },
};
const service: Principal = { type: "AWSService", service: "ecs.amazonaws.com", account };

function keysOf(
  call: Partial<CallContext>,
  more: Partial<Omit<KeySources, "call">> = {},
): Record<string, readonly string[]> {
  return Object.fromEntries(
    requestContext({
      call: {
        requestId: "r",
        principal: root,
        account,
        region,
        now: began,
        random: systemRandom,
        source,
        calledVia: [],
        ...call,
      },
      wanted: { action: "ecr:PutImage", resource: "*" },
      resourceAccount: account,
      principalTags: [],
      resourceTags: [],
      ...more,
    }),
  );
}

/** IAM User Guide, "AWS global condition context keys"; for aws:userid and aws:PrincipalType, "Principal key values". */
const rows: readonly (readonly [string, Principal, Readonly<Record<string, string | undefined>>])[] = [
  [
    "root",
    root,
    {
      "aws:principaltype": "Account",
      "aws:userid": account,
      "aws:username": undefined,
      "aws:principalarn": root.type === "Root" ? root.arn : "",
      "aws:principalaccount": account,
      "aws:principalisawsservice": "false",
      "aws:multifactorauthpresent": undefined,
      "aws:tokenissuetime": undefined,
    },
  ],
  [
    "a user",
    user("ann"),
    {
      "aws:principaltype": "User",
      "aws:userid": "AIDAANN",
      "aws:username": "ann",
      "aws:principalarn": user("ann").arn,
      "aws:principalaccount": account,
      "aws:tokenissuetime": undefined,
    },
  ],
  [
    "a user's session with MFA",
    { ...user("ann"), session: { ...session, mfaAuthenticated: true } },
    {
      "aws:username": "ann",
      "aws:multifactorauthpresent": "true",
      "aws:multifactorauthage": "90",
      "aws:tokenissuetime": new Date(session.issuedAt).toISOString(),
    },
  ],
  [
    "a role's session",
    { ...roleSession, session: { ...session, sourceIdentity: "alice" } },
    {
      "aws:principaltype": "AssumedRole",
      "aws:userid": "AROABUILDER:job-1",
      "aws:username": undefined,
      "aws:principalarn": roleSession.roleArn,
      "aws:multifactorauthpresent": "false",
      "aws:multifactorauthage": undefined,
      "aws:sourceidentity": "alice",
      "aws:sourceip": "192.0.2.7",
    },
  ],
  [
    "a service in its role",
    { ...roleSession, invokedBy: "ecs.amazonaws.com" },
    { "aws:principalarn": roleSession.roleArn, "aws:sourceip": undefined, "aws:viaawsservice": "false" },
  ],
  [
    "a federated user",
    federated,
    {
      "aws:principaltype": "FederatedUser",
      "aws:userid": `${account}:Bob`,
      "aws:username": undefined,
      "aws:principalarn": "arn" in federated ? federated.arn : "",
    },
  ],
  [
    "a service in its own name",
    service,
    {
      "aws:principalisawsservice": "true",
      "aws:principalservicename": "ecs.amazonaws.com",
      "aws:principalservicenameslist": "ecs.amazonaws.com",
      "aws:sourceaccount": account,
      "aws:sourcearn": undefined,
      "aws:principaltype": undefined,
      "aws:principalarn": undefined,
      "aws:principalaccount": undefined,
      "aws:userid": undefined,
      "aws:sourceip": undefined,
    },
  ],
  [
    "nobody",
    { type: "Anonymous" },
    {
      "aws:principaltype": "Anonymous",
      "aws:userid": "anonymous",
      "aws:principalaccount": "anonymous",
      "aws:principalarn": undefined,
      "aws:principalisawsservice": undefined,
      "aws:username": undefined,
    },
  ],
];

describe("keys of the principal", () => {
  test.each(rows)("%s", (_who, principal, expected) => {
    const keys = keysOf({ principal });
    const seen = Object.fromEntries(Object.keys(expected).map((key) => [key, keys[key]?.join()]));
    expect(seen).toEqual(expected);
  });

  test("tags of the principal", () => {
    const keys = keysOf({}, { principalTags: [{ key: "Team", value: "Blue" }] });
    expect(keys["aws:principaltag/team"]).toEqual(["Blue"]);
  });
});

const place: OrganizationPlace = {
  id: "o-abcdefghij",
  management: "999999999999" as AccountId,
  path: "o-abcdefghij/r-ab12/ou-ab12-team/",
};

test.each<readonly [string, Partial<Omit<KeySources, "call">>, Readonly<Record<string, readonly string[]>>]>([
  ["none", {}, {}],
  [
    "the caller's",
    { principalOrganization: place },
    {
      "aws:principalorgid": ["o-abcdefghij"],
      "aws:principalorgpaths": ["o-abcdefghij/r-ab12/ou-ab12-team/"],
      "aws:principalorgmasteraccountid": ["999999999999"],
    },
  ],
  [
    "the resource's",
    { resourceOrganization: place },
    {
      "aws:resourceorgid": ["o-abcdefghij"],
      "aws:resourceorgpaths": ["o-abcdefghij/r-ab12/ou-ab12-team/"],
    },
  ],
  [
    "that of the account for which a service calls",
    { sourceOrganization: place },
    { "aws:sourceorgid": ["o-abcdefghij"], "aws:sourceorgpaths": ["o-abcdefghij/r-ab12/ou-ab12-team/"] },
  ],
])("keys of organizations: %s", (_whose, more, expected) => {
  const keys = Object.entries(keysOf({}, more)).filter(([key]) => key.includes("org"));
  expect(Object.fromEntries(keys)).toEqual(expected);
});

describe("every key of AWS's list", () => {
  const page = readFileSync(
    fileURLToPath(new URL("../../docs/decisions/global-condition-keys.md", import.meta.url)),
    "utf8",
  );
  const [, present = "", absent = ""] = page.split(/^## (?:Present|Absent)$/m);
  const keysIn = (part: string) =>
    [...part.matchAll(/^\| `(aws:\w+)`/gm)].map(([, key = ""]) => key.toLowerCase());
  /** Calls in which, together, every key has a value. */
  const seen = new Set(
    [
      keysOf({ source: { ...source, referer: "https://example.com/" } }),
      keysOf({ principal: user("ann"), calledVia: ["a.amazonaws.com"] }),
      keysOf({
        principal: {
          ...root,
          session: { ...session, mfaAuthenticated: true, assumedRoot: true },
        } as Principal,
      }),
      keysOf({
        principal: {
          ...roleSession,
          session: { ...session, sourceIdentity: "alice", federatedProvider: "accounts.example.com" },
        },
      }),
      keysOf({ principal: { ...service, sourceArn: roleSession.roleArn } as Principal }),
      keysOf(
        {},
        {
          wanted: {
            action: "ecr:CreateRepository",
            resource: "*",
            context: { "aws:RequestTag/a": "b", "aws:TagKeys": ["a"] },
          },
          principalOrganization: place,
          resourceOrganization: place,
          sourceOrganization: place,
          principalTags: [{ key: "a", value: "b" }],
          resourceTags: [{ key: "a", value: "b" }],
        },
      ),
    ].flatMap((keys) => Object.keys(keys).map((key) => key.split("/", 1)[0] ?? key)),
  );

  test.each(keysIn(present))("%s has a value in some call", (key) => {
    expect([...seen]).toContain(key);
  });

  test.each(keysIn(absent))("%s has none in any", (key) => {
    expect([...seen]).not.toContain(key);
  });

  test("the page names every key that there is", () => {
    const global = [...seen].filter((key) => key.startsWith("aws:"));
    expect(keysIn(present).sort()).toEqual(global.sort());
  });
});

describe("keys of the request", () => {
  test("where it went, when, and how", () => {
    expect(keysOf({ region: "sa-east-1" as Region, source: { ...source, secure: true } })).toMatchObject({
      "aws:requestedregion": ["sa-east-1"],
      "aws:currenttime": ["2026-09-16T16:58:57.000Z"],
      "aws:epochtime": [String(began / 1000)],
      "aws:useragent": ["test/1"],
      "aws:securetransport": ["true"],
      "aws:sourceip": ["192.0.2.7"],
      "aws:viaawsservice": ["false"],
    });
  });

  test("forwarded by services", () => {
    const keys = keysOf({ calledVia: ["a.amazonaws.com", "b.amazonaws.com"] });
    expect(keys).toMatchObject({
      "aws:viaawsservice": ["true"],
      "aws:calledvia": ["a.amazonaws.com", "b.amazonaws.com"],
      "aws:calledviafirst": ["a.amazonaws.com"],
      "aws:calledvialast": ["b.amazonaws.com"],
    });
    expect(keys).not.toHaveProperty("aws:sourceip");
  });

  test("not forwarded: the keys of forwarding are absent", () => {
    const keys = Object.keys(keysOf({}));
    expect(keys.filter((key) => key.startsWith("aws:calledvia"))).toEqual([]);
  });
});

describe("keys of the resource and the operation", () => {
  /** Service Authorization Reference: iam:ResourceTag is a key of sts:AssumeRole. */
  test.each([
    ["ecr:PutImage", `arn:aws:ecr:${region}:444455556666:repository/app`, "ecr:resourcetag/env"],
    ["sts:AssumeRole", "arn:aws:iam::444455556666:role/Builder", "iam:resourcetag/env"],
  ])("the owner, and tags under the global and the owning service's name: %s", (action, resource, key) => {
    const keys = keysOf(
      {},
      {
        wanted: { action, resource },
        resourceAccount: "444455556666" as AccountId,
        resourceTags: [{ key: "Env", value: "Prod" }],
      },
    );
    expect(keys).toMatchObject({
      "aws:resourceaccount": ["444455556666"],
      "aws:resourcetag/env": ["Prod"],
      [key]: ["Prod"],
    });
    expect(Object.keys(keys).filter((one) => one.includes(":resourcetag/")).length).toBe(2);
  });

  test("what the operation names, lower-cased; what it has no value for is absent", () => {
    const keys = keysOf(
      {},
      {
        wanted: {
          action: "iam:CreateRole",
          resource: "*",
          context: { "iam:PermissionsBoundary": undefined, "aws:TagKeys": ["A", "b"], "iam:PolicyARN": "p" },
        },
      },
    );
    expect(keys["aws:tagkeys"]).toEqual(["A", "b"]);
    expect(keys["iam:policyarn"]).toEqual(["p"]);
    expect(keys).not.toHaveProperty("iam:permissionsboundary");
    expect(Object.keys(keys).every((key) => key === key.toLowerCase())).toBe(true);
  });
});

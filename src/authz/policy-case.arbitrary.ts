// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import * as fc from "fast-check";
import type { AccountId } from "../kernel/brand.ts";
import { requestContext } from "./context.ts";
import { compilePolicy } from "./parse/compile.ts";
import type { AccessRequest, NamedPolicy, PolicySet, RequestPrincipal } from "./types.ts";

/**
 * Random requests and policies over a vocabulary so small that they often meet: the laws are tested on them, and
 * the comparison with another engine (`tools/oracle`) runs on the same ones.
 */

/** A statement as JSON. */
export type StatementJson = Readonly<Record<string, unknown>>;

/** A request with its policies, not yet compiled, each as a list of statements. */
export interface PolicyCase {
  readonly principal: RequestPrincipal;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly version: "2008-10-17" | "2012-10-17";
  readonly identity: readonly (readonly StatementJson[])[];
  readonly resourcePolicy?: readonly StatementJson[];
  readonly boundary?: readonly StatementJson[];
  readonly session?: readonly StatementJson[];
  /** One list of statements per level. */
  readonly serviceControl?: readonly (readonly StatementJson[])[];
}

/** The account that owns every resource of a case. */
export const owner = "111122223333" as AccountId;
const stranger = "444455556666" as AccountId;

const principals: readonly RequestPrincipal[] = [owner, stranger].flatMap((account): RequestPrincipal[] => [
  { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/Bob` },
  {
    type: "AssumedRole",
    account,
    arn: `arn:aws:sts::${account}:assumed-role/Pusher/ci`,
    roleArn: `arn:aws:iam::${account}:role/Pusher`,
  },
  {
    type: "FederatedUser",
    account,
    arn: `arn:aws:sts::${account}:federated-user/Bob`,
    roleArn: `arn:aws:iam::${account}:user/Bob`,
  },
]);
const others: readonly RequestPrincipal[] = [
  { type: "AWSService", arn: "replication.ecr.amazonaws.com" },
  { type: "Anonymous", arn: "anonymous" },
];

const assumeRole = "sts:AssumeRole";
const actions = [
  "ecr:PutImage",
  "ecr:BatchGetImage",
  "ecr:GetAuthorizationToken",
  "s3:GetObject",
  assumeRole,
];
const actionPatterns = [
  "*",
  "ecr:*",
  "ECR:put*",
  "ecr:PutImage",
  "ecr:*Get*",
  "ecr:?utImage",
  "s3:GetObject",
  "s3:*",
  "sts:*",
];
const targetRole = `arn:aws:iam::${owner}:role/Target`;
const resources = [
  "*",
  `arn:aws:ecr:eu-west-1:${owner}:repository/team/app`,
  `arn:aws:ecr:eu-west-1:${owner}:repository/Bob`,
  "arn:aws:s3:::bucket/team/app",
  "arn:aws:s3:::bucket/a*b",
];
const resourcePatterns = [
  "*",
  `arn:aws:ecr:*:${owner}:repository/*`,
  `arn:aws:ecr:eu-west-1:${owner}:repository/team/???`,
  `arn:aws:ecr:eu-west-?:*:repository/\${aws:username}`,
  `arn:aws:ecr:*:*:repository/\${aws:PrincipalTag/Team, 'team'}/app`,
  "arn:aws:s3:::bucket/*",
  "arn:aws:s3:::bucket/a${*}b",
  "arn:aws:*:*:*:*app",
  "arn:aws:iam::*:role/*",
];

/** Context keys, the values that a request may have for them, and the values that policies compare with. */
const keys: Readonly<
  Record<string, { readonly request: readonly string[]; readonly policy: readonly string[] }>
> = {
  "aws:username": { request: ["Bob", "bob", "A*"], policy: ["Bob", "bob", "B*", "?ob", "A${*}", ""] },
  "aws:PrincipalTag/Team": {
    request: ["team", "other", ""],
    policy: ["team", "TEAM", "${aws:username}", "*"],
  },
  "aws:SourceIp": {
    request: ["192.0.2.7", "198.51.100.1", "2001:db8::7", "nowhere"],
    policy: ["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "0.0.0.0/0"],
  },
  "aws:CurrentTime": {
    request: ["2030-01-01T00:00:00Z", "1893456000", "2030-01-01T00:00:01Z"],
    policy: ["2030-01-01T00:00:00Z", "1893456000", "2030-01-01"],
  },
  "aws:MultiFactorAuthAge": {
    request: ["10", "10.0", "9", "1e1", "many"],
    policy: ["10", "010", "9.5", "-1"],
  },
  "aws:SecureTransport": { request: ["true", "false", "TRUE"], policy: ["true", "false", "True"] },
  "aws:SourceArn": {
    request: [`arn:aws:ecr:eu-west-1:${owner}:repository/team/app`, "arn:aws:s3:::bucket", "not-an-arn"],
    policy: [
      `arn:aws:ecr:*:${owner}:repository/*`,
      "arn:aws:s3:::buck?t",
      "arn:aws:*:*:*:*",
      "arn:aws:s3:::bucket",
    ],
  },
  "aws:TagKeys": { request: ["a", "b", "c"], policy: ["a", "b", "*"] },
  "lambda:FunctionArn": { request: ["QQ==", "Qg=="], policy: ["QQ==", "Qg=="] },
};

const families: readonly (readonly [operators: readonly string[], keys: readonly string[]])[] = [
  [
    [
      "StringEquals",
      "StringNotEquals",
      "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase",
      "StringLike",
      "StringNotLike",
    ],
    ["aws:username", "aws:PrincipalTag/Team", "aws:TagKeys"],
  ],
  [["IpAddress", "NotIpAddress"], ["aws:SourceIp"]],
  [
    [
      "DateEquals",
      "DateNotEquals",
      "DateLessThan",
      "DateLessThanEquals",
      "DateGreaterThan",
      "DateGreaterThanEquals",
    ],
    ["aws:CurrentTime"],
  ],
  [
    [
      "NumericEquals",
      "NumericNotEquals",
      "NumericLessThan",
      "NumericLessThanEquals",
      "NumericGreaterThan",
      "NumericGreaterThanEquals",
    ],
    ["aws:MultiFactorAuthAge"],
  ],
  [["Bool"], ["aws:SecureTransport"]],
  [["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"], ["aws:SourceArn"]],
  [["BinaryEquals"], ["lambda:FunctionArn"]],
];

const one = <T>(values: readonly T[]) => fc.constantFrom(...values);
const some = <T>(values: readonly T[], maxLength = 3) =>
  fc.oneof(one(values), fc.uniqueArray(one(values), { minLength: 1, maxLength }));

const condition: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.oneof(
  { weight: 8, arbitrary: one(families).chain(([operators, names]) => familyCondition(operators, names)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(one(Object.keys(keys)), one(["true", "false"]))
      .map(([key, value]) => ({ Null: { [key]: value } })),
  },
);

function familyCondition(operators: readonly string[], names: readonly string[]) {
  return fc
    .tuple(
      one(["", "", "", "ForAllValues:", "ForAnyValue:"]),
      one(operators),
      one(["", "", "IfExists"]),
      one(names).chain((key) => some(keys[key]?.policy ?? []).map((values) => ({ [key]: values }))),
    )
    .map(([prefix, operator, suffix, block]) => ({ [`${prefix}${operator}${suffix}`]: block }));
}

const principalElement = fc.oneof(
  fc.constant("*"),
  some([
    owner,
    `arn:aws:iam::${owner}:root`,
    stranger,
    ...principals.flatMap(({ arn, roleArn }) => (roleArn === undefined ? [arn] : [arn, roleArn])),
  ]).map((AWS) => ({ AWS })),
  fc.constant({ Service: "replication.ecr.amazonaws.com" }),
);

/** Statements; those of resource policies name principals. */
export function statement(named: boolean): fc.Arbitrary<StatementJson> {
  const effect = fc.oneof(
    { weight: 4, arbitrary: fc.constant("Allow") },
    { weight: 1, arbitrary: fc.constant("Deny") },
  );
  return fc
    .record({
      effect,
      action: fc.tuple(one(["Action", "Action", "Action", "NotAction"]), some(actionPatterns)),
      resource: fc.tuple(one(["Resource", "Resource", "Resource", "NotResource"]), some(resourcePatterns)),
      principal: principalElement,
      notPrincipal: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      conditions: fc.oneof(
        { weight: 2, arbitrary: fc.constant<readonly Readonly<Record<string, unknown>>[]>([]) },
        { weight: 1, arbitrary: fc.array(condition, { minLength: 1, maxLength: 2 }) },
      ),
    })
    .map(({ effect, action, resource, principal, notPrincipal, conditions }) => ({
      Effect: effect,
      [action[0]]: action[1],
      [resource[0]]: resource[1],
      // AWS takes NotPrincipal with Deny only.
      ...(named ? { [notPrincipal && effect === "Deny" ? "NotPrincipal" : "Principal"]: principal } : {}),
      ...(conditions.length > 0 ? { Condition: Object.assign({}, ...conditions) } : {}),
    }));
}

const statements = fc.array(statement(false), { minLength: 1, maxLength: 3 });
const context = fc
  .record(
    Object.fromEntries(
      Object.entries(keys).map(([key, { request }]) => [
        key,
        key === "aws:TagKeys" ? fc.uniqueArray(one(request), { minLength: 1, maxLength: 2 }) : one(request),
      ]),
    ),
    { requiredKeys: [] },
  )
  .map((record) => record as Readonly<Record<string, string | readonly string[]>>);

const ownersTrust: StatementJson = {
  Effect: "Allow",
  Principal: { AWS: owner },
  Action: assumeRole,
  Resource: "*",
};
const everything: readonly StatementJson[] = [{ Effect: "Allow", Action: "*", Resource: "*" }];
const mostlyEverything = fc.oneof({ weight: 2, arbitrary: fc.constant(everything) }, statements);

/** Whole cases. What a principal cannot have (a service no identity policy, a user no session policy) is left out. */
export const policyCase: fc.Arbitrary<PolicyCase> = fc
  .record(
    {
      principal: fc.oneof({ weight: 6, arbitrary: one(principals) }, { weight: 1, arbitrary: one(others) }),
      action: one(actions),
      resource: one(resources),
      context,
      version: one(["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"] as const),
      identity: fc.oneof(fc.array(statements, { maxLength: 2 }), fc.constant([everything])),
      resourcePolicy: fc.array(statement(true), { minLength: 1, maxLength: 3 }),
      boundary: mostlyEverything,
      session: mostlyEverything,
      serviceControl: fc.array(mostlyEverything, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ["principal", "action", "resource", "context", "version", "identity"] },
  )
  .map((drawn) => {
    const { boundary, session, serviceControl, ...drawnRest } = drawn;
    // A role always has a trust policy.
    const trust = { resource: targetRole, resourcePolicy: drawn.resourcePolicy ?? [ownersTrust] };
    const rest = { ...drawnRest, ...(drawn.action === assumeRole ? trust : {}) };
    const { type } = drawn.principal;
    if (type === "AWSService" || type === "Anonymous") return { ...rest, identity: [] };
    return { ...rest, boundary, serviceControl, ...(type === "IAMUser" ? {} : { session }) };
  });

/** The document of a list of statements. */
export function documentOf(version: PolicyCase["version"], list: readonly StatementJson[]): object {
  return { Version: version, Statement: list };
}

/** The request of a case, as the engine takes it. */
export function requestOf({ principal, action, resource, context }: PolicyCase): AccessRequest {
  return { principal, action, resource, resourceAccount: owner, context: requestContext(context) };
}

/** The policies of a case, compiled. */
export function policiesOf(one: PolicyCase): PolicySet {
  const compiled = (name: string, list: readonly StatementJson[]): NamedPolicy => ({
    name,
    document: compilePolicy(documentOf(one.version, list)),
  });
  return {
    identity: one.identity.map((list, i) => compiled(`identity ${i}`, list)),
    resource: one.resourcePolicy === undefined ? [] : [compiled("resource", one.resourcePolicy)],
    resourceKind: one.action === assumeRole ? "trust" : "resource",
    ...(one.boundary === undefined ? {} : { boundary: compiled("boundary", one.boundary) }),
    ...(one.session === undefined ? {} : { session: [compiled("session", one.session)] }),
    ...(one.serviceControl === undefined
      ? {}
      : { serviceControl: one.serviceControl.map((list, i) => [compiled(`level ${i}`, list)]) }),
  };
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import { describe, expect, test } from "vitest";
import { type PolicyDocumentKind, validatePolicy } from "./validate.ts";

const ok = { Effect: "Allow", Action: "ecr:*", Resource: "*" };
const trusted = { Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" };
const syntax = "Syntax errors in policy.";
const legacy = "The policy failed legacy parsing";

function problems(kind: PolicyDocumentKind, document: unknown): string[] {
  return validatePolicy(typeof document === "string" ? document : JSON.stringify(document), kind);
}

function of(...statements: readonly object[]): object {
  return { Version: "2012-10-17", Statement: statements };
}

/** Case, document, the first problem (the one AWS answers with) or none. */
type Row = readonly [string, unknown, string | undefined];

function rows(kind: PolicyDocumentKind, list: readonly Row[]): void {
  test.each(list)(`${kind}: %s`, (_, document, first) => {
    expect(problems(kind, document)[0]).toBe(first);
  });
}

const resource = (Resource: unknown) => of({ ...ok, Resource });
const action = (Action: unknown) => of({ ...ok, Action });
const condition = (Condition: unknown) => of({ ...ok, Condition });

describe("identity policies", () => {
  rows("identity", [
    ["a good one", of(ok), undefined],
    ["one statement without a list", { Version: "2012-10-17", Statement: ok }, undefined],
    ["the older version", { Version: "2008-10-17", Statement: ok }, undefined],
    ["no JSON", "{", syntax],
    ["no object", "[]", syntax],
    ["too deep", "[".repeat(50) + "]".repeat(50), syntax],
    ["too long", `{"Id":"${"x".repeat(131_072)}"}`, syntax],
    ["an unknown version", { Version: "2013-10-17", Statement: ok }, syntax],
    ["an unknown element", { ...of(ok), Extra: 1 }, syntax],
    ["no statement", { Version: "2012-10-17" }, syntax],
    ["no statements", of(), syntax],
    ["a statement that is text", { Version: "2012-10-17", Statement: ["x"] }, syntax],
    ["an unknown element of a statement", of({ ...ok, Extra: 1 }), syntax],
    ["no effect", of({ Action: "ecr:*", Resource: "*" }), syntax],
    ["an unknown effect", of({ ...ok, Effect: "Maybe" }), syntax],
    ["an effect in the wrong case", of({ ...ok, Effect: "allow" }), legacy],
    ["an action that is a number", action(1), syntax],
    ["Action with NotAction", of({ ...ok, NotAction: "ecr:*" }), syntax],
    ["Resource with NotResource", of({ ...ok, NotResource: "*" }), syntax],
    ["a principal", of({ ...ok, Principal: "*" }), "Policy document should not specify a principal."],
    ["no action", of({ Effect: "Allow", Resource: "*" }), "Policy statement must contain actions."],
    ["an empty list of actions", action([]), "Policy statement must contain actions."],
    ["no resource", of({ Effect: "Allow", Action: "ecr:*" }), "Policy statement must contain resources."],
    ["an empty list of resources", resource([]), "Policy statement must contain resources."],
    [
      "two statements of one name",
      of({ ...ok, Sid: "a" }, { ...ok, Sid: "a" }),
      "Statement IDs (SID) in a single policy must be unique.",
    ],
    ["two statements of no name", of({ ...ok, Sid: "" }, { ...ok, Sid: "" }), undefined],
    [
      "an action without vendor",
      action("PutImage"),
      "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ],
    ["an action with two colons", action("a:b:c"), "Actions/Condition can contain only one colon."],
    ["an action of an odd vendor", action("a b:c"), "Vendor a b is not valid"],
    ["every action", action("*"), undefined],
    ["a resource that is no ARN", resource("team"), 'Resource team must be in ARN format or "*".'],
    [
      "a resource of another partition",
      resource("arn:moon:s3:::b"),
      'Partition "moon" is not valid for resource "arn:moon:s3:::b".',
    ],
    ["a resource of any partition", resource("arn:*:s3:::b"), undefined],
    [
      "a resource without vendor",
      resource("arn:aws"),
      "Resource vendor must be fully qualified and cannot contain regexes.",
    ],
    ["a resource with too few parts", resource("arn:aws:s3:b"), legacy],
    [
      "an IAM resource with a region",
      resource("arn:aws:iam:eu-west-1:111122223333:role/R"),
      "IAM resource arn:aws:iam:eu-west-1:111122223333:role/R cannot contain region information.",
    ],
    [
      "a bucket with a region",
      resource("arn:aws:s3:eu-west-1::b"),
      "Resource arn:aws:s3:eu-west-1::b can not contain region information.",
    ],
    [
      "an IAM resource of no kind",
      resource("arn:aws:iam::111122223333:thing/T"),
      'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, ' +
        "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, " +
        "access-report/.",
    ],
    ["an operator that is none", condition({ StringEqual: { k: "v" } }), syntax],
    ["an operator that is none, with nothing", condition({ StringEqual: {} }), undefined],
    ["NullIfExists", condition({ NullIfExists: { k: "true" } }), syntax],
    [
      "a set operator with IfExists",
      condition({ "ForAnyValue:StringLikeIfExists": { k: ["v"] } }),
      undefined,
    ],
    ["a condition value that is an object", condition({ StringEquals: { k: {} } }), syntax],
    ["a condition value that is a boolean", condition({ Bool: { k: true } }), undefined],
    ["a date that is none", condition({ DateEquals: { k: "soon" } }), legacy],
    ["a number that is none", condition({ NumericEquals: { k: "ten" } }), legacy],
    ["an IPv6 network with host bits", condition({ NotIpAddress: { k: "2001:db8::5/64" } }), legacy],
    ["an ARN that is none", condition({ "ForAnyValue:ArnLike": { k: "x" } }), legacy],
    ["base64 that is none", condition({ BinaryEquals: { k: "?" } }), legacy],
  ]);
  rows("managed", [
    ["a good one", of(ok), undefined],
    [
      "the older version",
      { Version: "2008-10-17", Statement: ok },
      "Policy document must be version 2012-10-17 or greater.",
    ],
    ["no version", { Statement: ok }, "Policy document must be version 2012-10-17 or greater."],
  ]);
  rows("session", [
    ["a date that is none, which STS takes", condition({ DateEquals: { k: "soon" } }), undefined],
    ["no JSON", "nothing", syntax],
  ]);
  rows("scp", [
    ["a good one", of(ok), undefined],
    [
      "a principal",
      of({ ...ok, Principal: "*" }),
      "The provided policy document does not meet the requirements of the specified policy type.",
    ],
  ]);
  test("all problems are told, in AWS's order", () => {
    expect(problems("managed", { Statement: { Effect: "allow", Principal: "*" } })).toEqual([
      "Policy document should not specify a principal.",
      "Policy document must be version 2012-10-17 or greater.",
      legacy,
      "Policy statement must contain actions.",
      "Policy statement must contain resources.",
    ]);
  });
});

describe("trust policies", () => {
  const onlySts = "AssumeRole policy may only specify STS AssumeRole actions.";
  rows("trust", [
    ["a good one", of(trusted), undefined],
    ["no version", { Statement: [trusted] }, undefined],
    ["several actions", of({ ...trusted, Action: ["sts:AssumeRole", "sts:TagSession"] }), undefined],
    ["no JSON", "{", "This policy contains invalid Json"],
    ["no statements", of(), "Could not parse the policy: Statement is empty!"],
    ["another service's action", of({ ...trusted, Action: "ecr:*" }), onlySts],
    ["every action", of({ ...trusted, Action: "*" }), onlySts],
    ["another action of STS", of({ ...trusted, Action: "sts:GetCallerIdentity" }), onlySts],
    ["a resource", of({ ...trusted, Resource: "*" }), "Has prohibited field Resource"],
    ["NotResource", of({ ...trusted, NotResource: "*" }), "AssumeRole policy must not contain resources."],
    ["no principal", of({ Effect: "Allow", Action: "sts:AssumeRole" }), "Missing required field Principal"],
    [
      "no kind of principal",
      of({ ...trusted, Principal: {} }),
      "Missing required field Principal cannot be empty!",
    ],
    ["no action", of({ Effect: "Allow", Principal: { AWS: "*" } }), "Missing required field Action"],
    ["no effect", of({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" }), "Missing required field Effect"],
    [
      "NotPrincipal",
      of({ Effect: "Allow", NotPrincipal: { AWS: "*" }, Action: "sts:AssumeRole" }),
      "Allow with NotPrincipal is not allowed.",
    ],
    [
      "two statements of one name",
      of({ ...trusted, Sid: "a" }, { ...trusted, Sid: "a" }),
      "The Statement Ids in the policy are not unique",
    ],
    [
      "an unknown version",
      { Version: "1", Statement: [trusted] },
      "The policy must contain a valid version string",
    ],
    ["an unknown element", of({ ...trusted, Extra: 1 }), syntax],
  ]);
});

describe("resource policies", () => {
  const granted = { Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" };
  rows("resource", [
    ["a good one", of(granted), undefined],
    [
      "with a resource",
      of({ ...granted, Resource: "arn:aws:ecr:eu-west-1:111122223333:repository/*" }),
      undefined,
    ],
    ["no JSON", "{", "The policy is not valid JSON."],
    [
      "no principal",
      of({ Effect: "Allow", Action: "ecr:BatchGetImage" }),
      "Missing required field Principal",
    ],
    ["no statements", of(), "The policy has no Statement."],
    [
      "an unknown kind of principal",
      of({ ...granted, Principal: { Robot: "*" } }),
      "Robot is not a type of principal.",
    ],
    ["an operator that is none", of({ ...granted, Condition: { Equals: { k: "v" } } }), syntax],
  ]);
});

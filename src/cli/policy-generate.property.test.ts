// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a name that looks like a policy variable is one of the cases
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { requestContext } from "../authz/context.ts";
import { evaluate } from "../authz/evaluate.ts";
import { compilePolicy } from "../authz/parse/compile.ts";
import type { AccessRequest } from "../authz/types.ts";
import type { AccountId } from "../kernel/brand.ts";
import { readAuthorizationReference } from "./authorization-reference.ts";
import { generatePolicy } from "./policy-generate.ts";
import type { RecordedCall } from "./recorded-permissions.ts";

const reference = readAuthorizationReference(fileURLToPath(new URL("../../data", import.meta.url)));
const account = "111111111111" as AccountId;
const iam = (kind: string, name: string) => `arn:aws:iam::${account}:${kind}/${name}`;

/** One permission as an operation asks for it. */
interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** A call as the trail records it, and what it was authorised by: what operations' own `authorise` asks for. */
interface Step {
  readonly record: RecordedCall;
  readonly asked: readonly Asked[];
}

const called = (
  call: string,
  resources: readonly string[],
  parameters: RecordedCall["parameters"] = {},
  invokedBy?: string,
): RecordedCall => ({ call, resources, parameters, denied: false, ...(invokedBy && { invokedBy }) });

/** Names with what a policy would take for wildcards or variables among them. */
const name = fc.constantFrom("ship", "tug", "a+b", "star*", "what?", "${aws:username}", "sh");
const region = fc.constantFrom("us-east-1", "eu-west-1");
const policyArn = fc
  .constantFrom("ReadOnlyAccess", "PowerUserAccess")
  .map((n) => `arn:aws:iam::aws:policy/${n}`);

const onRepository = fc
  .tuple(fc.constantFrom("PutImage", "BatchGetImage", "ListImages", "DeleteRepository"), name, region)
  .map(([verb, repository, at]): Step => {
    const resource = `arn:aws:ecr:${at}:${account}:repository/${repository}`;
    const action = `ecr:${verb}`;
    return { record: called(action, [resource]), asked: [{ action, resource }] };
  });

const attaching = fc
  .tuple(fc.constantFrom("AttachRolePolicy", "DetachRolePolicy"), name, policyArn)
  .map(([verb, role, arn]): Step => {
    const [action, resource] = [`iam:${verb}`, iam("role", role)];
    return {
      record: called(action, [resource], { policyArn: arn }),
      asked: [{ action, resource, context: { "iam:PolicyARN": arn } }],
    };
  });

const passing = fc.tuple(name, name).map(([profile, role]): Step => {
  const [on, passed] = [iam("instance-profile", profile), iam("role", role)];
  return {
    record: called("iam:AddRoleToInstanceProfile", [on, passed]),
    asked: [
      { action: "iam:AddRoleToInstanceProfile", resource: on },
      { action: "iam:PassRole", resource: passed, context: { "iam:PassedToService": "ec2.amazonaws.com" } },
    ],
  };
});

const linking = fc
  .tuple(fc.constantFrom("replication.ecr.amazonaws.com", "ecs.amazonaws.com"), fc.boolean())
  .map(([principal, through]): Step => {
    const resource = iam("role", `aws-service-role/${principal}/AWSServiceRole`);
    const action = "iam:CreateServiceLinkedRole";
    const context = { "iam:AWSServiceName": principal };
    return {
      record: called(
        action,
        [resource],
        { aWSServiceName: principal },
        through ? "ecr.amazonaws.com" : undefined,
      ),
      asked: [
        {
          action,
          resource,
          context: through ? { ...context, "aws:CalledViaLast": "ecr.amazonaws.com" } : context,
        },
      ],
    };
  });

const taking = fc.tuple(name, fc.boolean()).map(([role, tagged]): Step => {
  const resource = iam("role", role);
  return {
    record: called("sts:AssumeRole", [resource], tagged ? { tags: [{ key: "a", value: "b" }] } : {}),
    asked: ["sts:AssumeRole", ...(tagged ? ["sts:TagSession"] : [])].map((action) => ({ action, resource })),
  };
});

const step = fc.oneof(onRepository, attaching, passing, linking, taking);
const key = (asked: Asked) => JSON.stringify(asked);

test("a generated policy allows every recorded call again, and no other permission", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.array(step, { maxLength: 12 }),
      (recorded, others) => {
        const { document, open, unknown, denied } = generatePolicy(
          recorded.map(({ record }) => record),
          reference,
        );
        expect({ open, unknown, denied }).toEqual({ open: [], unknown: [], denied: [] });
        const name = "generated";
        const identity = [{ name, document: compilePolicy(JSON.stringify(document)) }];
        const allows = ({ action, resource, context }: Asked): boolean => {
          const request: AccessRequest = {
            principal: { type: "IAMUser", account, arn: iam("user", "ann"), ids: ["AIDAANN"] },
            action,
            resource,
            resourceAccount: account,
            context: requestContext({ "aws:username": "ann", ...context }),
          };
          return evaluate(request, { identity, resource: [] }).allowed;
        };
        const needed = recorded.flatMap(({ asked }) => asked);
        for (const asked of needed) expect([asked, allows(asked)]).toEqual([asked, true]);
        // What was done without a service is also allowed through one: it is the same call.
        const done = new Set(needed.map(key));
        const direct = ({ context, ...asked }: Asked) => {
          const { "aws:CalledViaLast": _through, ...own } = context ?? {};
          return key(Object.keys(own).length === 0 ? asked : { ...asked, context: own });
        };
        for (const asked of others.flatMap((other) => other.asked))
          expect([asked, allows(asked)]).toEqual([asked, done.has(key(asked)) || done.has(direct(asked))]);
      },
    ),
    { numRuns: 300, seed: 20_261_122 },
  );
});

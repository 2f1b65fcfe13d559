import { pathToFileURL } from "node:url";
import { requestContext } from "../src/authz/context.ts";
import { evaluate } from "../src/authz/evaluate.ts";
import { compilePolicy } from "../src/authz/parse/compile.ts";
import type { AccessRequest, NamedPolicy, PolicySet } from "../src/authz/types.ts";
import type { AccountId } from "../src/kernel/brand.ts";

const account = "111122223333" as AccountId;

/** A policy of the size and shape of AWS's own full-access policies: wide actions, conditions, tagged resources. */
function managedPolicy(service: string): NamedPolicy {
  const actions = ["Create", "Delete", "Describe", "Get", "List", "Put", "Update", "Tag", "Untag"];
  const arn = (kind: string) => `arn:aws:${service}:*:*:${kind}/*`;
  const statements = [
    { Action: actions.map((verb) => `${service}:${verb}*`), Resource: arn("thing") },
    { Action: [`${service}:DescribeThings`, `${service}:ListThings`, "tag:GetResources"], Resource: "*" },
    {
      Action: "iam:CreateServiceLinkedRole",
      Resource: "*",
      Condition: { StringEquals: { "iam:AWSServiceName": `${service}.amazonaws.com` } },
    },
    {
      Action: ["iam:PassRole"],
      Resource: "arn:aws:iam::*:role/service-role/*",
      Condition: { StringLike: { "iam:PassedToService": `${service}*.amazonaws.com` } },
    },
    {
      Action: [`${service}:*`],
      Resource: [arn("team"), `arn:aws:${service}:*:*:user/\${aws:username}/*`],
      Condition: { StringEquals: { "aws:ResourceTag/team": `\${aws:PrincipalTag/team}` } },
    },
    ...["logs", "cloudwatch", "ec2"].map((other) => ({
      Action: [`${other}:Describe*`, `${other}:Get*`],
      Resource: "*",
    })),
  ];
  return {
    name: `arn:aws:iam::aws:policy/${service}`,
    document: compilePolicy({
      Version: "2012-10-17",
      Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
    }),
  };
}

const services = ["ecr", "ecs", "s3", "sns", "sqs", "dynamodb", "lambda", "rds", "events", "kms"];

const policies: PolicySet = {
  identity: services.map(managedPolicy),
  resource: [],
  serviceControl: [
    [
      {
        name: "FullAWSAccess",
        document: compilePolicy({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } }),
      },
    ],
  ],
};

const actions = [
  "ecr:PutImage",
  "ecr:DescribeThings",
  "ecs:ListTasks",
  "iam:PassRole",
  "s3:GetObject",
  "ec2:RunInstances",
];

/** Requests as a registry sees them: a handful of actions, ever other resources. */
const requests: readonly AccessRequest[] = Array.from({ length: 600 }, (_, i) => {
  const action = actions[i % actions.length] ?? "";
  return {
    principal: { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/Bob`, ids: ["AIDAEXAMPLE"] },
    action,
    resource: `arn:aws:${action.split(":")[0]}:eu-west-1:${account}:team/app-${i}`,
    resourceAccount: account,
    context: requestContext({
      "aws:username": "Bob",
      "aws:PrincipalTag/team": "a",
      "aws:ResourceTag/team": i % 2 === 0 ? "a" : "b",
      "aws:SourceIp": "192.0.2.7",
    }),
  };
});

/** Decisions per second on one core, for a user with ten managed policies and a service control policy. */
export async function benchAuthz(): Promise<{ name: string; value: number; unit: string }[]> {
  run(20);
  const started = process.hrtime.bigint();
  const rounds = 300;
  run(rounds);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return [{ name: "policy decisions", value: Math.round((rounds * requests.length) / seconds), unit: "1/s" }];
}

/** Decides every request so many times; the count keeps the work from being optimised away. */
function run(rounds: number): number {
  let allowed = 0;
  for (let i = 0; i < rounds; i++)
    for (const request of requests) if (evaluate(request, policies).allowed) allowed++;
  return allowed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  for (const { name, value, unit } of await benchAuthz()) console.log(`${name}: ${value} ${unit}`);

import { requestContext } from "../../src/authz/context.ts";
import { evaluate } from "../../src/authz/evaluate.ts";
import { compilePolicy } from "../../src/authz/parse/compile.ts";
import type { AccessRequest, PolicySet } from "../../src/authz/types.ts";
import type { AccountId } from "../../src/kernel/brand.ts";
import { installOracle, loadOracle, type Oracle, oracleVersion } from "../../tools/oracle/engine.ts";
import { median, perSecond, type Row, type Scale } from "../measure.ts";

const account = "111122223333" as AccountId;
/** What a decision of ours took, in the same run, against one of the oracle's. */
const aim = "100×";

/** A policy of the size and shape of AWS's own full-access policies: wide actions, conditions, tagged resources. */
function fullAccess(service: string): object {
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
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  };
}

const services = ["ecr", "ecs", "s3", "sns", "sqs", "dynamodb", "lambda", "rds", "events", "kms"];
/** So many policies, of these services first and of made-up ones after. */
const documents = (count: number): object[] =>
  Array.from({ length: count }, (_, i) => fullAccess(services[i] ?? `service${i}`));

const actions = [
  "ecr:PutImage",
  "ecr:DescribeThings",
  "ecs:ListTasks",
  "iam:PassRole",
  "s3:GetObject",
  "ec2:RunInstances",
];

interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

/** Requests as a registry sees them: a handful of actions, ever other resources. */
const asked: readonly Asked[] = Array.from({ length: 600 }, (_, i) => {
  const action = actions[i % actions.length] ?? "";
  return {
    action,
    resource: `arn:aws:${action.split(":")[0]}:eu-west-1:${account}:team/app-${i}`,
    context: {
      "aws:username": "Bob",
      "aws:PrincipalTag/team": "a",
      "aws:ResourceTag/team": i % 2 === 0 ? "a" : "b",
      "aws:SourceIp": "192.0.2.7",
    },
  };
});

const bob = `arn:aws:iam::${account}:user/Bob`;
const requests: readonly AccessRequest[] = asked.map(({ action, resource, context }) => ({
  principal: { type: "IAMUser", account, arn: bob, ids: ["AIDAEXAMPLE"] },
  action,
  resource,
  resourceAccount: account,
  context: requestContext(context),
}));

const allowAll = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };

/** Decides request after request; says how many of the 600 are allowed, so that two engines can be held together. */
interface Engine {
  decide(index: number): boolean;
}

function ours(identity: readonly object[]): Engine {
  const policies: PolicySet = {
    identity: identity.map((document, i) => ({ name: `policy ${i}`, document: compilePolicy(document) })),
    resource: [],
    serviceControl: [[{ name: "FullAWSAccess", document: compilePolicy(allowAll) }]],
  };
  return {
    decide(index) {
      const request = requests[index];
      return request !== undefined && evaluate(request, policies).allowed;
    },
  };
}

function oracles(oracle: Oracle, identity: readonly object[]): Engine {
  const identityPolicies = identity.map((document, i) =>
    oracle.loadPolicy(document, { name: `policy ${i}` }),
  );
  const serviceControlPolicies = [
    { orgIdentifier: "root", policies: [oracle.loadPolicy(allowAll, { name: "FullAWSAccess" })] },
  ];
  return {
    decide(index) {
      const { action = "", resource = "*", context = {} } = asked[index] ?? {};
      const { result } = oracle.authorize({
        request: oracle.newRequest(bob, { resource, accountId: account }, action, context),
        identityPolicies,
        serviceControlPolicies,
        resourceControlPolicies: [],
        simulationParameters: oracle.strict,
      });
      return result === "Allowed";
    },
  };
}

/** Decisions per second on one core: the median of some turns of so many seconds. */
function rate(engine: Engine, rounds: number, seconds: number): number {
  for (let i = 0; i < asked.length; i++) engine.decide(i);
  const rates = Array.from({ length: rounds }, () => {
    let decisions = 0;
    const began = process.hrtime.bigint();
    let passed = 0;
    while (passed < seconds) {
      for (let i = 0; i < 100; i++) engine.decide(decisions++ % asked.length);
      passed = Number(process.hrtime.bigint() - began) / 1e9;
    }
    return decisions / passed;
  });
  return median(rates);
}

function sameDecisions(a: Engine, b: Engine): void {
  const differs = asked.findIndex((_, i) => a.decide(i) !== b.decide(i));
  if (differs >= 0) throw new Error(`the engines differ on ${JSON.stringify(asked[differs])}`);
}

/**
 * Decisions per second for a principal with 1, 10 and 50 policies, beside the oracle on the same requests; and how they
 * fall when ever more statements of other services stand in its policies.
 */
export async function benchAuthz({ rounds, seconds }: Scale): Promise<Row[]> {
  const each = seconds / 8;
  const oracle = await peer();
  const rows: Row[] = [];
  for (const count of [1, 10, 50]) {
    const own = ours(documents(count));
    const what = `policy decisions, ${count} ${count === 1 ? "policy" : "policies"}, one core`;
    const value = rate(own, rounds, each);
    if (oracle === undefined) {
      rows.push({ what, ours: perSecond(value), peer: "absent", aim });
      continue;
    }
    const other = oracles(oracle, documents(count));
    sameDecisions(own, other);
    const peerRate = rate(other, rounds, each);
    rows.push({
      what,
      ours: perSecond(value),
      peer: `iam-simulate ${oracleVersion}`,
      peerValue: perSecond(peerRate),
      ratio: value / peerRate,
      aim,
    });
  }
  return [...rows, ...growth(rounds, each)];
}

/** How decisions fall with statements of services that nobody asks about. */
function growth(rounds: number, seconds: number): Row[] {
  const foreign = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      Effect: i % 7 === 0 ? "Deny" : "Allow",
      Action: [`service${i}:Get*`, `service${i}:Put*`],
      Resource: `arn:aws:service${i}:*:*:thing/*`,
    }));
  const few = documents(1);
  const measured = [0, 100, 10_000].map((count) => ({
    count,
    value: rate(
      ours([...few, { Version: "2012-10-17", Statement: [...foreign(count), allowNothing] }]),
      rounds,
      seconds,
    ),
  }));
  const alone = measured[0]?.value ?? Number.NaN;
  return measured.map(({ count, value }) => ({
    what: `the same with ${count.toLocaleString("en")} statements of other services`,
    ours: perSecond(value),
    peer: "without them",
    peerValue: perSecond(alone),
    ratio: value / alone,
    aim: "flat",
  }));
}

const allowNothing = { Effect: "Allow", Action: "none:Nothing", Resource: "*" };

async function peer(): Promise<Oracle | undefined> {
  try {
    return await loadOracle(installOracle());
  } catch (error) {
    process.stderr.write(`bench: the oracle is absent: ${String(error)}\n`);
    return undefined;
  }
}

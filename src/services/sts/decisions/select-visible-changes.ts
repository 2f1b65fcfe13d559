import type { Authoriser } from "../../../dispatch/authorise.ts";
import type { CallContext } from "../../../dispatch/context.ts";
import type { LiveChange } from "../../../dispatch/live-change.ts";
import type { Authorisation, InternalOperation } from "../../../dispatch/operation.ts";

/**
 * By which read a resource is seen: the beginning of its ARN after the account, and the action. `*`: the action knows
 * no resource (Service Authorization Reference).
 */
const reads: readonly (readonly [service: string, resource: RegExp, action: string, on?: "*"])[] = [
  ["ecs", /^cluster\//, "ecs:DescribeClusters"],
  ["ecs", /^service\//, "ecs:DescribeServices"],
  ["ecs", /^task\//, "ecs:DescribeTasks"],
  ["ecs", /^container-instance\//, "ecs:DescribeContainerInstances"],
  ["ecs", /^task-definition\//, "ecs:DescribeTaskDefinition", "*"],
  ["ecr", /^repository\//, "ecr:DescribeRepositories"],
  ["iam", /^role\//, "iam:GetRole"],
  ["iam", /^user\//, "iam:GetUser"],
  ["iam", /^group\//, "iam:GetGroup"],
  ["iam", /^policy\//, "iam:GetPolicy"],
  [
    "elasticloadbalancing",
    /^(?:loadbalancer|listener|listener-rule|targetgroup)\//,
    "elasticloadbalancing:DescribeLoadBalancers",
    "*",
  ],
  ["autoscaling", /^autoScalingGroup:/, "autoscaling:DescribeAutoScalingGroups", "*"],
  ["cloudwatch", /^alarm:/, "cloudwatch:DescribeAlarms"],
  ["logs", /^log-group:/, "logs:DescribeLogGroups"],
  ["secretsmanager", /^secret:/, "secretsmanager:DescribeSecret"],
  ["ssm", /^parameter\//, "ssm:DescribeParameters", "*"],
  ["kms", /^key\//, "kms:DescribeKey"],
  ["cloudformation", /^stack\//, "cloudformation:DescribeStacks"],
];

/** What shows everything that is on record. */
const trailRead: Authorisation = { action: "cloudtrail:LookupEvents", resource: "*" };

/**
 * Of changes in the caller's account, those that the caller may know of, each with the resources that it may see: by
 * the read that would show the resource, or as an event of the trail. It asks for no permission itself.
 *
 * INVARIANT: nobody hears of a resource that they may not read.
 */
export const selectVisibleChanges = (
  authoriser: Authoriser,
): InternalOperation<
  { readonly changes: readonly LiveChange[] },
  never,
  { readonly changes: readonly LiveChange[] }
> => ({
  name: "SelectVisibleChanges",
  service: "sts",
  unrecorded: true,
  authorise: () => [],

  async read(ctx, { changes }) {
    const decided = new Map<string, Promise<boolean>>();
    const may = (wanted: Authorisation): Promise<boolean> => {
      const key = `${wanted.action} ${wanted.resource}`;
      const known = decided.get(key) ?? isAllowed(authoriser, ctx, wanted);
      decided.set(key, known);
      return known;
    };
    if (await may(trailRead)) return { changes };
    const visible: LiveChange[] = [];
    for (const change of changes) {
      const resources: string[] = [];
      for (const arn of change.resources) {
        const read = readOf(arn);
        if (read !== undefined && (await may(read))) resources.push(arn);
      }
      if (resources.length > 0) visible.push({ ...change, resources });
    }
    return { changes: visible };
  },
});

async function isAllowed(authoriser: Authoriser, ctx: CallContext, wanted: Authorisation): Promise<boolean> {
  const [verdict] = await authoriser.decide(ctx, [wanted]);
  return verdict?.decision.allowed === true;
}

/** The permission to read what is at an ARN; `undefined` for what only the trail shows. */
function readOf(arn: string): Authorisation | undefined {
  const [, , service, region = "", account = "", ...rest] = arn.split(":");
  const resource = rest.join(":");
  const read = reads.find(([owner, pattern]) => owner === service && pattern.test(resource));
  if (read === undefined) return undefined;
  const [, , action, on] = read;
  const [, cluster] = /^(?:service|task|container-instance)\/([^/]+)\//.exec(resource) ?? [];
  return {
    action,
    resource: on ?? arn,
    ...(service === "ecs" &&
      cluster !== undefined && {
        context: { "ecs:cluster": `arn:aws:ecs:${region}:${account}:cluster/${cluster}` },
      }),
  };
}

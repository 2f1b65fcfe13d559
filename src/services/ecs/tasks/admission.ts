import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { clientFault, invalidParameter, noServiceLinkedRole } from "../faults.ts";
import { ecsPrincipal, tasksPrincipal } from "../role.ts";

/** What ECS does with a role to see whether it may take it: nothing. */
const takeRole: InternalOperation<Record<string, never>, never, Record<string, never>> = {
  name: "TakeTaskRole",
  service: "ecs",
  unrecorded: true,
  // A role that can be taken need not be allowed anything.
  authorise: () => [],
  read: async () => ({}),
};

/**
 * Takes the roles of a task, as ECS does before it accepts the task. AWS: the role's trust policy sees the literal
 * `…:task/*` as `aws:SourceArn` (captured); the task's own ARN comes when it asks for credentials.
 * Throws `ClientException`.
 */
export async function admitRoles(ctx: PrepareContext, roles: readonly (string | undefined)[]): Promise<void> {
  const named = new Set(roles.filter((role): role is string => role !== undefined && role !== ""));
  for (const role of named) {
    const client = ctx.as({
      servicePrincipal: tasksPrincipal,
      roleArn: role as Arn,
      sessionName: uuid(ctx.random).replaceAll("-", ""),
      sourceArn: formatArn("ecs", ctx.region, ctx.account, "task/*"),
    });
    try {
      await client.invoke(takeRole, {});
    } catch (error) {
      if (!isFault(error)) throw error;
      throw clientFault(
        `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
      );
    }
  }
}

/**
 * Looks at the subnets and security groups of a network, as the service-linked role.
 * @returns the Availability Zone of each subnet.
 * Throws `InvalidParameterException` for what EC2 does not know, and without the role.
 */
export async function admitNetwork(
  ctx: PrepareContext,
  { subnets = [], securityGroups = [] }: Partial<Pick<ecs.AwsVpcConfiguration, "subnets" | "securityGroups">>,
): Promise<ReadonlyMap<string, string>> {
  const role = ctx.as({ servicePrincipal: ecsPrincipal, sessionName: "ecs-service-scheduler" });
  const found = await look(role, `subnet information for [${subnets.join(", ")}]`, (client) =>
    client.send(new DescribeSubnetsCommand({ SubnetIds: subnets })),
  );
  const known = found.Subnets ?? [];
  if (new Set(known.map(({ VpcId }) => VpcId)).size > 1) {
    // Ours.
    throw invalidParameter("The subnets of a network configuration must be of one VPC.");
  }
  if (securityGroups.length > 0) {
    const groups = await look(
      role,
      `security group information for [${securityGroups.join(", ")}]`,
      (client) => client.send(new DescribeSecurityGroupsCommand({ GroupIds: securityGroups })),
    );
    if (groups.SecurityGroups?.some(({ VpcId }) => VpcId !== known[0]?.VpcId)) {
      throw invalidParameter("Invalid security groups. They must be in the same VPC as the subnets.");
    }
  }
  return new Map(known.map(({ SubnetId = "", AvailabilityZone = "" }) => [SubnetId, AvailabilityZone]));
}

async function look<T>(role: Client, what: string, ask: (role: Client) => Promise<T>): Promise<T> {
  try {
    return await ask(role);
  } catch (error) {
    if (!isFault(error)) throw error;
    if (error.code === "NoSuchEntity" || error.message.includes("sts:AssumeRole"))
      throw noServiceLinkedRole();
    throw invalidParameter(`Error retrieving ${what}: ${error.message} (ErrorCode: ${error.code})`);
  }
}

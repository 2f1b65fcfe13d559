import { DescribeSecurityGroupsCommand, type EC2Client, paginateDescribeSubnets } from "@aws-sdk/client-ec2";
import {
  DescribeTaskDefinitionCommand,
  type ECSClient,
  paginateListTaskDefinitions,
} from "@aws-sdk/client-ecs";
import { everyPage } from "../aws/query.ts";
import { definitionName } from "./names.ts";

/** A choice of a form. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** Task definitions that can be run, newest first of each family; the most that a choice shows. */
const mostDefinitions = 1_000;

/** Every active revision. */
export async function definitionChoices(ecs: ECSClient): Promise<readonly Choice[]> {
  const arns = await everyPage(
    paginateListTaskDefinitions({ client: ecs }, { sort: "DESC" }),
    (page) => page.taskDefinitionArns,
    mostDefinitions,
  );
  return arns.map(definitionName).map((name) => ({ value: name, label: name }));
}

/** Whether tasks of a definition have an interface of their own, which needs subnets. */
export async function hasOwnInterface(ecs: ECSClient, taskDefinition: string): Promise<boolean> {
  if (taskDefinition === "") return false;
  const { taskDefinition: found } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  return found?.networkMode === "awsvpc";
}

/** The subnets and security groups of the region. */
export async function networkChoices(
  ec2: EC2Client,
): Promise<{ readonly subnets: readonly Choice[]; readonly groups: readonly Choice[] }> {
  const [subnets, groups] = await Promise.all([
    everyPage(paginateDescribeSubnets({ client: ec2 }, {}), (page) => page.Subnets),
    ec2.send(new DescribeSecurityGroupsCommand({})),
  ]);
  return {
    subnets: subnets.map((one) => ({
      value: one.SubnetId ?? "",
      label: one.SubnetId ?? "",
      description: `${one.AvailabilityZone} · ${one.CidrBlock} · ${one.VpcId}`,
    })),
    groups: (groups.SecurityGroups ?? []).map((one) => ({
      value: one.GroupId ?? "",
      label: one.GroupName ?? "",
      description: `${one.GroupId} · ${one.VpcId}`,
    })),
  };
}

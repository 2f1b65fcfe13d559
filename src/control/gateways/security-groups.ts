import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import type { Tag } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";

/** A security group by its name, made where it is missing. @returns its id. */
export async function ensureGroup(
  role: Client,
  { vpcId, name, Tags }: { readonly vpcId: string; readonly name: string; readonly Tags: Tag[] },
): Promise<string> {
  const { SecurityGroups = [] } = await role.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "group-name", Values: [name] },
      ],
    }),
  );
  const there = SecurityGroups[0]?.GroupId;
  if (there !== undefined) return there;
  const { GroupId = "" } = await role.send(
    new CreateSecurityGroupCommand({
      ...{ GroupName: name, VpcId: vpcId, Description: "Managed by Amazon ECS for gateways" },
      TagSpecifications: [{ ResourceType: "security-group", Tags }],
    }),
  );
  return GroupId;
}

/** Lets something in. @returns the ids of the group's rules for what comes in. */
export async function letIn(
  role: Client,
  GroupId: string,
  permission: IpPermission,
  Tags: Tag[],
): Promise<readonly string[]> {
  try {
    await role.send(
      new AuthorizeSecurityGroupIngressCommand({
        ...{ GroupId, IpPermissions: [permission] },
        TagSpecifications: [{ ResourceType: "security-group-rule", Tags }],
      }),
    );
  } catch (error) {
    if (!isFault(error, "InvalidPermission.Duplicate")) throw error;
  }
  return await rulesIn(role, GroupId);
}

/** The ids of the rules by which a group lets something in. */
export async function rulesIn(role: Client, group: string): Promise<readonly string[]> {
  const { SecurityGroupRules = [] } = await role.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [group] }] }),
  );
  return SecurityGroupRules.filter(({ IsEgress }) => IsEgress !== true).flatMap(
    ({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? [],
  );
}

/** TCP on one port. */
export function tcp(port: number): Pick<IpPermission, "IpProtocol" | "FromPort" | "ToPort"> {
  return { IpProtocol: "tcp", FromPort: port, ToPort: port };
}

/** The default group of a VPC. */
export async function defaultGroup(role: Client, vpcId: string): Promise<string> {
  const { SecurityGroups = [] } = await role.send(
    new DescribeSecurityGroupsCommand({
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "group-name", Values: ["default"] },
      ],
    }),
  );
  return SecurityGroups[0]?.GroupId ?? "";
}

/** Removes a group, unless it is gone already. */
export async function removeGroup(role: Client, GroupId: string): Promise<void> {
  const look = new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] });
  await removeIfThere(role.send(look), () => role.send(new DeleteSecurityGroupCommand({ GroupId })));
}

/**
 * Removes what is still there. The managed policy of the role lets it remove only what bears ECS's tag, so of what is
 * gone a removal would be denied: it is looked for first.
 */
export async function removeIfThere(look: Promise<unknown>, remove: () => Promise<unknown>): Promise<void> {
  try {
    await look;
  } catch (error) {
    if (isFault(error) && /NotFound/.test(error.code)) return;
    throw error;
  }
  await remove();
}

import type * as ec2 from "@aws-sdk/client-ec2";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { missingParameter } from "../faults.ts";
import { absent } from "../kinds.ts";
import { listResources, needResource, type Place, type Resource, resourceArn } from "../resource.ts";
import { wireTags } from "../tags/tags.ts";
import { permissionsOf } from "./permission.ts";
import type { SecurityGroupRule } from "./rule.ts";

/** A security group of a VPC. */
export type SecurityGroup = Resource<"security-group">;

/** How requests name a group. AWS: by name only in the default VPC. */
export interface GroupReference {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

/** Throws `InvalidGroup.NotFound`, `MissingParameter`. */
export async function needGroup(
  rows: Rows,
  place: Place,
  { GroupId, GroupName }: GroupReference,
): Promise<SecurityGroup> {
  if (GroupId !== undefined) return needResource(rows, place, "security-group", GroupId);
  if (GroupName === undefined) throw missingParameter("groupName or groupId");
  const vpc = await defaultVpc(rows, place);
  const group = vpc === undefined ? undefined : await groupNamed(rows, place, vpc, GroupName);
  if (group === undefined) {
    throw new Fault(
      "InvalidGroup.NotFound",
      `The security group '${GroupName.slice(0, 255)}' does not exist in default VPC '${vpc ?? "none"}'`,
    );
  }
  return group;
}

export async function defaultVpc(rows: Rows, place: Place): Promise<string | undefined> {
  const vpcs = await listResources(rows, place, "vpc");
  return vpcs.find(({ document }) => document.isDefault)?.id;
}

export async function groupNamed(
  rows: Rows,
  place: Place,
  vpc: string,
  name: string,
): Promise<SecurityGroup | undefined> {
  const groups = await listResources(rows, place, "security-group", { vpc });
  return groups.find(({ document }) => document.name === name);
}

/** The group that a rule names, by id or by name, which must be of the same VPC. Throws `InvalidGroup.NotFound`. */
export async function needPeer(rows: Rows, group: SecurityGroup, peer: string): Promise<SecurityGroup> {
  const found = peer.startsWith("sg-")
    ? await needResource(rows, group, "security-group", peer)
    : await groupNamed(rows, group, group.vpc ?? "", peer);
  if (found === undefined || found.vpc !== group.vpc) throw absent("security-group", peer.slice(0, 255));
  return found;
}

/** As answers show it. */
export function wireGroup(group: SecurityGroup, rules: readonly SecurityGroupRule[]): ec2.SecurityGroup {
  const documents = rules.map(({ document }) => document);
  return {
    GroupId: group.id,
    GroupName: group.document.name,
    Description: group.document.description,
    VpcId: group.vpc,
    OwnerId: group.account,
    SecurityGroupArn: resourceArn(group, group.kind, group.id),
    Tags: wireTags(group.tags),
    IpPermissions: permissionsOf(documents.filter(({ egress }) => !egress)),
    IpPermissionsEgress: permissionsOf(documents.filter(({ egress }) => egress)),
  };
}

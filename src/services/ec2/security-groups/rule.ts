import type * as ec2 from "@aws-sdk/client-ec2";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Tx } from "../../../store/types.ts";
import type { SecurityGroupRuleDocument } from "../documents.ts";
import { newId } from "../kinds.ts";
import { insertResource, type Resource, resourceArn } from "../resource.ts";
import { wireTags } from "../tags/tags.ts";

/** One rule of a security group; its row's `parent` is the group. */
export type SecurityGroupRule = Resource<"security-group-rule">;

/** Adds a rule to a group. That it is not there yet is the caller's to know. */
export function insertRule(
  tx: Tx,
  ctx: CallContext,
  group: Resource<"security-group">,
  document: SecurityGroupRuleDocument,
  tags: readonly Tag[] = [],
): Promise<SecurityGroupRule> {
  return insertResource(tx, {
    kind: "security-group-rule",
    id: newId("sgr", ctx.random),
    account: group.account,
    region: group.region,
    ...(group.vpc !== undefined && { vpc: group.vpc }),
    parent: group.id,
    createdAt: ctx.now,
    tags,
    document,
  });
}

/** As DescribeSecurityGroupRules shows it. AWS: a rule for all protocols has the ports -1. */
export function wireRule(rule: SecurityGroupRule): ec2.SecurityGroupRule {
  const { egress, protocol, from, to, cidr, cidr6, prefixList, group, groupOwner, description } =
    rule.document;
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: rule.parent,
    GroupOwnerId: rule.account,
    IsEgress: egress,
    IpProtocol: protocol,
    FromPort: from ?? -1,
    ToPort: to ?? -1,
    CidrIpv4: cidr,
    CidrIpv6: cidr6,
    PrefixListId: prefixList,
    ReferencedGroupInfo: group === undefined ? undefined : { GroupId: group, UserId: groupOwner },
    Description: description,
    Tags: wireTags(rule.tags),
    SecurityGroupRuleArn: resourceArn(rule, rule.kind, rule.id),
  };
}

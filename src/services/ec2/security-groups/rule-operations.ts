import type { CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { SecurityGroupRuleDocument } from "../documents.ts";
import { missingParameter, unsupported } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { absent } from "../kinds.ts";
import { making, type Need, nothingNamed, reading, writing } from "../operation.ts";
import { amend, listResources, needResource, removeResource, saveResource } from "../resource.ts";
import { select } from "../select.ts";
import { specifiedTags, type TagSpecifications } from "../tags/tags.ts";
import {
  type Requested,
  readBlock,
  readBlock6,
  readPorts,
  readProtocol,
  readRules,
  ruleKey,
  ruleText,
} from "./permission.ts";
import { insertRule, type SecurityGroupRule, wireRule } from "./rule.ts";
import { type GroupReference, needGroup, needPeer, type SecurityGroup } from "./security-group.ts";

/** Amazon VPC quotas: inbound or outbound rules per security group. */
const mostRules = 60;

interface Authorizing extends Requested, GroupReference {
  readonly TagSpecifications?: TagSpecifications;
}

const authorizeSecurityGroupEgress = writing(
  "AuthorizeSecurityGroupEgress",
  (input) => onRules("AuthorizeSecurityGroupEgress", input),
  (tx, ctx, input) => authorize(tx, ctx, true, input),
);

const authorizeSecurityGroupIngress = writing(
  "AuthorizeSecurityGroupIngress",
  (input) => onRules("AuthorizeSecurityGroupIngress", input),
  (tx, ctx, input) => authorize(tx, ctx, false, input),
);

/** The group, and the tagging of the rules that come to be. */
function onRules(operation: string, input: Authorizing): readonly Need[] {
  const tagging = making(operation, "security-group-rule", input.TagSpecifications).slice(1);
  return [{ type: "security-group", id: input.GroupId }, ...tagging];
}

async function authorize(tx: Tx, ctx: CallContext, egress: boolean, input: Authorizing) {
  const group = await needGroup(tx, ctx, input);
  const tags = specifiedTags(input.TagSpecifications, ctx, "security-group-rule");
  const have = await listResources(tx, ctx, "security-group-rule", { parent: group.id });
  const keys = new Set(have.map(({ document }) => ruleKey(document)));
  const made: SecurityGroupRule[] = [];
  for (const wanted of readRules(egress, input)) {
    const rule = await withPeer(tx, group, wanted);
    if (keys.has(ruleKey(rule))) {
      throw new Fault("InvalidPermission.Duplicate", `the specified rule "${ruleText(rule)}" already exists`);
    }
    keys.add(ruleKey(rule));
    made.push(await insertRule(tx, ctx, group, rule, tags));
  }
  if (have.filter(({ document }) => document.egress === egress).length + made.length > mostRules) {
    throw new Fault(
      "RulesPerSecurityGroupLimitExceeded",
      "The maximum number of rules per security group has been reached.",
    );
  }
  return { Return: true, SecurityGroupRules: made.map(wireRule) };
}

/** The rule with its group, when it names one, as id and owner. */
async function withPeer(
  rows: Rows,
  group: SecurityGroup,
  rule: SecurityGroupRuleDocument,
): Promise<SecurityGroupRuleDocument> {
  if (rule.prefixList !== undefined) throw unsupported("A prefix list");
  if (rule.group === undefined) return rule;
  const peer = await needPeer(rows, group, rule.group);
  return { ...rule, group: peer.id, groupOwner: peer.account };
}

interface Revoking extends Requested, GroupReference {
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
}

const revokeSecurityGroupEgress = writing(
  "RevokeSecurityGroupEgress",
  ({ GroupId }) => [{ type: "security-group", id: GroupId }],
  (tx, ctx, input) => revoke(tx, ctx, true, input),
);

const revokeSecurityGroupIngress = writing(
  "RevokeSecurityGroupIngress",
  ({ GroupId }) => [{ type: "security-group", id: GroupId }],
  (tx, ctx, input) => revoke(tx, ctx, false, input),
);

async function revoke(tx: Tx, ctx: CallContext, egress: boolean, input: Revoking) {
  const group = await needGroup(tx, ctx, input);
  const have = (await listResources(tx, ctx, "security-group-rule", { parent: group.id })).filter(
    ({ document }) => document.egress === egress,
  );
  const gone = await revoked(tx, group, have, egress, input);
  for (const rule of gone) await removeResource(tx, rule);
  return {
    Return: true,
    RevokedSecurityGroupRules: gone.map((rule) => {
      const { GroupOwnerId: _owner, ReferencedGroupInfo, Tags: _tags, ...shown } = wireRule(rule);
      return { ...shown, ReferencedGroupId: ReferencedGroupInfo?.GroupId };
    }),
  };
}

async function revoked(
  rows: Rows,
  group: SecurityGroup,
  have: readonly SecurityGroupRule[],
  egress: boolean,
  input: Revoking,
): Promise<readonly SecurityGroupRule[]> {
  const gone: SecurityGroupRule[] = [];
  for (const id of input.SecurityGroupRuleIds ?? []) {
    const rule = have.find((one) => one.id === id);
    if (rule === undefined) throw absent("security-group-rule", id);
    gone.push(rule);
  }
  if (input.SecurityGroupRuleIds !== undefined) return gone;
  for (const wanted of readRules(egress, input)) {
    const key = ruleKey(await withPeer(rows, group, wanted));
    const rule = have.find(({ document }) => ruleKey(document) === key);
    if (rule === undefined) {
      throw new Fault(
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
      );
    }
    gone.push(rule);
  }
  return gone;
}

const filters: FilterTable<SecurityGroupRule> = {
  "group-id": ({ parent }) => parent,
  "security-group-rule-id": ({ id }) => id,
};

const describeSecurityGroupRules = reading(
  "DescribeSecurityGroupRules",
  nothingNamed,
  async (ctx, { SecurityGroupRuleIds: ids, ...input }) => {
    const wanted = { kind: "security-group-rule", ids, named: "securityGroupRuleIds", filters } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
    return { SecurityGroupRules: items.map(wireRule), NextToken };
  },
);

const modifySecurityGroupRules = writing(
  "ModifySecurityGroupRules",
  ({ GroupId, SecurityGroupRules }) => [
    { type: "security-group", id: GroupId },
    ...SecurityGroupRules.map(({ SecurityGroupRuleId: id }) => ({ type: "security-group-rule", id })),
  ],
  async (tx, ctx, { GroupId, SecurityGroupRules }) => {
    const group = await needResource(tx, ctx, "security-group", GroupId);
    for (const { SecurityGroupRuleId: id, SecurityGroupRule: wanted = {} } of SecurityGroupRules) {
      const rule = await needResource(tx, ctx, "security-group-rule", id);
      if (rule.parent !== group.id) throw absent("security-group-rule", id);
      if (wanted.IpProtocol === undefined) throw missingParameter("ipProtocol");
      const protocol = readProtocol(wanted.IpProtocol);
      const document = await withPeer(tx, group, {
        egress: rule.document.egress,
        protocol,
        ...readPorts(protocol, wanted.FromPort, wanted.ToPort),
        ...(wanted.CidrIpv4 !== undefined && { cidr: readBlock(wanted.CidrIpv4) }),
        ...(wanted.CidrIpv6 !== undefined && { cidr6: readBlock6(wanted.CidrIpv6) }),
        ...(wanted.PrefixListId !== undefined && { prefixList: wanted.PrefixListId }),
        ...(wanted.ReferencedGroupId !== undefined && { group: wanted.ReferencedGroupId }),
        ...(wanted.Description !== undefined && { description: wanted.Description }),
      });
      await saveResource(tx, { ...rule, document });
    }
    return { Return: true };
  },
);

interface Describing extends Requested, GroupReference {
  readonly SecurityGroupRuleDescriptions?:
    | readonly {
        readonly SecurityGroupRuleId?: string | undefined;
        readonly Description?: string | undefined;
      }[]
    | undefined;
}

const updateSecurityGroupRuleDescriptionsEgress = writing(
  "UpdateSecurityGroupRuleDescriptionsEgress",
  ({ GroupId }) => [{ type: "security-group", id: GroupId }],
  (tx, ctx, input) => describeAnew(tx, ctx, true, input),
);

const updateSecurityGroupRuleDescriptionsIngress = writing(
  "UpdateSecurityGroupRuleDescriptionsIngress",
  ({ GroupId }) => [{ type: "security-group", id: GroupId }],
  (tx, ctx, input) => describeAnew(tx, ctx, false, input),
);

async function describeAnew(tx: Tx, ctx: CallContext, egress: boolean, input: Describing) {
  const group = await needGroup(tx, ctx, input);
  const have = await listResources(tx, ctx, "security-group-rule", { parent: group.id });
  for (const { SecurityGroupRuleId: id = "", Description } of input.SecurityGroupRuleDescriptions ?? []) {
    const rule = have.find((one) => one.id === id);
    if (rule === undefined) throw absent("security-group-rule", id);
    await amend(tx, rule, { description: Description ?? "" });
  }
  if (input.SecurityGroupRuleDescriptions !== undefined) return { Return: true };
  for (const wanted of readRules(egress, input)) {
    const key = ruleKey(await withPeer(tx, group, wanted));
    const rule = have.find(({ document }) => ruleKey(document) === key);
    if (rule === undefined) {
      throw new Fault(
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
      );
    }
    await amend(tx, rule, { description: wanted.description ?? "" });
  }
  return { Return: true };
}

export const ruleOperations: readonly AnyOperation[] = [
  authorizeSecurityGroupEgress,
  authorizeSecurityGroupIngress,
  describeSecurityGroupRules,
  modifySecurityGroupRules,
  revokeSecurityGroupEgress,
  revokeSecurityGroupIngress,
  updateSecurityGroupRuleDescriptionsEgress,
  updateSecurityGroupRuleDescriptionsIngress,
];

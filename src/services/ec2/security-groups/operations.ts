import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { dependencyViolation, invalidValue } from "../faults.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import { insertResource, listResources, needResource, removeResource, resourceArn } from "../resource.ts";
import { specifiedTags } from "../tags/tags.ts";
import { insertRule, type SecurityGroupRule } from "./rule.ts";
import { ruleOperations } from "./rule-operations.ts";
import { defaultVpc, groupNamed, needGroup, type SecurityGroup, wireGroup } from "./security-group.ts";

/** EC2 API Reference, "CreateSecurityGroup": constraints of the name and the description. */
const words = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

const createSecurityGroup = writing(
  "CreateSecurityGroup",
  ({ VpcId, TagSpecifications }, ctx) => [
    ...making("CreateSecurityGroup", "security-group", TagSpecifications, {
      "ec2:Vpc": VpcId === undefined ? undefined : resourceArn(ctx, "vpc", VpcId),
    }),
    ...(VpcId === undefined ? [] : [{ type: "vpc", id: VpcId }]),
  ],
  async (tx, ctx, { VpcId, GroupName, Description, TagSpecifications }) => {
    if (!words.test(GroupName)) {
      throw invalidValue("GroupName", GroupName, "Character sets beyond ASCII are not supported.");
    }
    if (!words.test(Description)) {
      throw invalidValue("GroupDescription", Description, "Character sets beyond ASCII are not supported.");
    }
    if (GroupName.startsWith("sg-")) {
      throw invalidValue("GroupName", GroupName, "Group names may not be in the format sg-*.");
    }
    const vpc = VpcId ?? (await defaultVpc(tx, ctx));
    if (vpc === undefined) {
      throw new Fault("VPCIdNotSpecified", "No default VPC for this user");
    }
    await needResource(tx, ctx, "vpc", vpc);
    if (GroupName === "default") {
      throw new Fault("InvalidParameterValue", "Cannot use reserved security group name: default");
    }
    if ((await groupNamed(tx, ctx, vpc, GroupName)) !== undefined) {
      throw new Fault(
        "InvalidGroup.Duplicate",
        `The security group '${GroupName}' already exists for VPC '${vpc}'`,
      );
    }
    const tags = specifiedTags(TagSpecifications, ctx, "security-group");
    const group = await insertResource(tx, {
      account: ctx.account,
      region: ctx.region,
      kind: "security-group",
      id: newId("sg", ctx.random),
      vpc,
      createdAt: ctx.now,
      tags,
      document: { name: GroupName, description: Description },
    });
    await insertRule(tx, ctx, group, { egress: true, protocol: "-1", cidr: "0.0.0.0/0" });
    return {
      GroupId: group.id,
      SecurityGroupArn: resourceArn(group, group.kind, group.id),
      Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })),
    };
  },
);

const deleteSecurityGroup = writing(
  "DeleteSecurityGroup",
  ({ GroupId }) => [{ type: "security-group", id: GroupId }],
  async (tx, ctx, input) => {
    const group = await needGroup(tx, ctx, input);
    if (group.document.name === "default") {
      throw new Fault(
        "CannotDelete",
        `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
      );
    }
    if (await isUsed(tx, group)) {
      throw dependencyViolation(`resource ${group.id} has a dependent object`);
    }
    for (const rule of await listResources(tx, ctx, "security-group-rule", { parent: group.id })) {
      await removeResource(tx, rule);
    }
    await removeResource(tx, group);
    return { Return: true, GroupId: group.id };
  },
);

/** Whether an interface has the group, or a rule of another group names it. */
async function isUsed(rows: Rows, group: SecurityGroup): Promise<boolean> {
  const inside = { vpc: group.vpc ?? "" };
  const interfaces = await listResources(rows, group, "network-interface", inside);
  if (interfaces.some(({ document }) => document.groups.some(({ id }) => id === group.id))) return true;
  const rules = await listResources(rows, group, "security-group-rule", inside);
  return rules.some(({ parent, document }) => parent !== group.id && document.group === group.id);
}

/** A group with its rules, which filters may ask for. */
interface WithRules {
  readonly id: string;
  readonly group: SecurityGroup;
  readonly rules: readonly SecurityGroupRule[];
}

type SeenOfRule = (rule: SecurityGroupRule["document"]) => string | undefined;

/** The filters on the rules of one direction. */
function ruleFilters(prefix: string, egress: boolean): FilterTable<WithRules> {
  const seen: Readonly<Record<string, SeenOfRule>> = {
    cidr: ({ cidr }) => cidr,
    "from-port": ({ from }) => from?.toString(),
    "to-port": ({ to }) => to?.toString(),
    "group-id": ({ group }) => group,
    "ipv6-cidr": ({ cidr6 }) => cidr6,
    "prefix-list-id": ({ prefixList }) => prefixList,
    protocol: ({ protocol }) => protocol,
    "user-id": ({ groupOwner }) => groupOwner,
  };
  const own = (rules: readonly SecurityGroupRule[]) =>
    rules.map(({ document }) => document).filter((document) => document.egress === egress);
  return Object.fromEntries(
    Object.entries(seen).map(([name, see]) => [
      `${prefix}.${name}`,
      ({ rules }: WithRules) => own(rules).map(see),
    ]),
  );
}

const filters: FilterTable<WithRules> = {
  description: ({ group }) => group.document.description,
  "group-id": ({ id }) => id,
  "group-name": ({ group }) => group.document.name,
  "owner-id": ({ group }) => group.account,
  "vpc-id": ({ group }) => group.vpc,
  ...ruleFilters("ip-permission", false),
  ...ruleFilters("egress.ip-permission", true),
};

const describeSecurityGroups = reading(
  "DescribeSecurityGroups",
  nothingNamed,
  async (ctx, { GroupIds = [], GroupNames = [], ...input }) => {
    const named = await Promise.all([
      ...GroupIds.map((GroupId) => needGroup(ctx.rows, ctx, { GroupId })),
      ...GroupNames.map((GroupName) => needGroup(ctx.rows, ctx, { GroupName })),
    ]);
    const groups = named.length > 0 ? named : await listResources(ctx.rows, ctx, "security-group");
    const byGroup = new Map<string, SecurityGroupRule[]>(groups.map(({ id }) => [id, []]));
    for (const rule of await listResources(ctx.rows, ctx, "security-group-rule")) {
      byGroup.get(rule.parent ?? "")?.push(rule);
    }
    const listed = groups.map((group) => ({ id: group.id, group, rules: byGroup.get(group.id) ?? [] }));
    const found = filtered(listed, input.Filters, filters, ({ group }) => group.tags);
    const { items, NextToken } = paged(found, input, { named: ["groupIds", named.length] });
    return { SecurityGroups: items.map(({ group, rules }) => wireGroup(group, rules)), NextToken };
  },
);

export const securityGroupOperations: readonly AnyOperation[] = [
  createSecurityGroup,
  deleteSecurityGroup,
  describeSecurityGroups,
  ...ruleOperations,
];

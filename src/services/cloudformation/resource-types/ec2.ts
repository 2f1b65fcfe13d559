import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeAddressesCommand,
  type DescribeAddressesCommandInput,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeSecurityGroupsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  type IpPermission,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  ReleaseAddressCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type ResourceType as TaggedKind,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import { isFault } from "../../../kernel/fault.ts";
import { validationError } from "../faults.ts";
import { isMap, type TemplateValue } from "../template/template.ts";
import type { Attributes, Properties, Provision, ResourceType } from "./resource-type.ts";
import { tagsOf, textOf, unlessGone } from "./values.ts";

const logicalTag = "aws:cloudformation:logical-id";
const stackTag = "aws:cloudformation:stack-id";

/** The tags that CloudFormation gives by itself (User Guide, "Resource tag"): by them a resource is found again. */
function ownTags({ stack, logicalId }: Provision) {
  return [
    { Key: "aws:cloudformation:stack-name", Value: stack.name },
    { Key: stackTag, Value: stack.id },
    { Key: logicalTag, Value: logicalId },
  ];
}

function tagging(kind: TaggedKind, properties: Properties, at: Provision): TagSpecification[] {
  return [{ ResourceType: kind, Tags: [...tagsOf(properties, at), ...ownTags(at)] }];
}

/** What an earlier try of the step made, if one did. */
async function madeBefore(kind: TaggedKind, at: Provision): Promise<string | undefined> {
  if (!at.again) return undefined;
  const find = async (Key: string, Value: string): Promise<readonly string[]> => {
    const filter = (Name: string, value: string) => ({ Name, Values: [value] });
    const { Tags = [] } = await at.client.send(
      new DescribeTagsCommand({
        Filters: [filter("resource-type", kind), filter("key", Key), filter("value", Value)],
      }),
    );
    return Tags.map(({ ResourceId = "" }) => ResourceId);
  };
  const ofStack = await find(stackTag, at.stack.id);
  return (await find(logicalTag, at.logicalId)).find((id) => ofStack.includes(id));
}

async function retag(id: string, properties: Properties, at: Provision): Promise<void> {
  const Tags = tagsOf(properties, at);
  if (Tags.length > 0) await at.client.send(new CreateTagsCommand({ Resources: [id], Tags }));
}

const truth = (value: TemplateValue | undefined): boolean => String(value) === "true";

const vpc: ResourceType = {
  type: "AWS::EC2::VPC",
  properties: ["CidrBlock", "EnableDnsHostnames", "EnableDnsSupport", "InstanceTenancy", "Tags"],
  replacedBy: ["CidrBlock", "InstanceTenancy"],
  async create(properties, at) {
    const id =
      (await madeBefore("vpc", at)) ??
      (
        await at.client.send(
          new CreateVpcCommand({
            CidrBlock: textOf(properties, "CidrBlock"),
            ...(properties.InstanceTenancy !== undefined && {
              InstanceTenancy: properties.InstanceTenancy as never,
            }),
            TagSpecifications: tagging("vpc", properties, at),
          }),
        )
      ).Vpc?.VpcId ??
      "";
    await vpcAttributes(id, properties, at);
    return { physicalId: id, attributes: await describeVpc(id, at) };
  },
  async update(id, properties, _before, at) {
    await vpcAttributes(id, properties, at);
    await retag(id, properties, at);
    return describeVpc(id, at);
  },
  remove: (id, _properties, { client }) =>
    unlessGone(client.send(new DeleteVpcCommand({ VpcId: id })), "InvalidVpcID.NotFound"),
};

async function vpcAttributes(VpcId: string, properties: Properties, { client }: Provision): Promise<void> {
  const { EnableDnsSupport, EnableDnsHostnames } = properties;
  if (EnableDnsSupport !== undefined) {
    await client.send(
      new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: truth(EnableDnsSupport) } }),
    );
  }
  if (EnableDnsHostnames !== undefined) {
    const value = { Value: truth(EnableDnsHostnames) };
    await client.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: value }));
  }
}

async function describeVpc(id: string, { client }: Provision): Promise<Attributes> {
  const Filters = [{ Name: "vpc-id", Values: [id] }];
  const { Vpcs: [found] = [] } = await client.send(new DescribeVpcsCommand({ VpcIds: [id] }));
  const { SecurityGroups = [] } = await client.send(new DescribeSecurityGroupsCommand({ Filters }));
  const { NetworkAcls = [] } = await client.send(new DescribeNetworkAclsCommand({ Filters }));
  return {
    VpcId: id,
    CidrBlock: found?.CidrBlock ?? "",
    CidrBlockAssociations: (found?.CidrBlockAssociationSet ?? []).map(
      ({ AssociationId = "" }) => AssociationId,
    ),
    DefaultSecurityGroup: SecurityGroups.find(({ GroupName }) => GroupName === "default")?.GroupId ?? "",
    DefaultNetworkAcl: NetworkAcls.find(({ IsDefault }) => IsDefault)?.NetworkAclId ?? "",
    Ipv6CidrBlocks: [],
  };
}

const subnet: ResourceType = {
  type: "AWS::EC2::Subnet",
  properties: ["AvailabilityZone", "CidrBlock", "MapPublicIpOnLaunch", "Tags", "VpcId"],
  replacedBy: ["AvailabilityZone", "CidrBlock", "VpcId"],
  async create(properties, at) {
    const before = await madeBefore("subnet", at);
    const made =
      before === undefined
        ? await at.client.send(
            new CreateSubnetCommand({
              VpcId: textOf(properties, "VpcId"),
              CidrBlock: textOf(properties, "CidrBlock"),
              ...(properties.AvailabilityZone !== undefined && {
                AvailabilityZone: textOf(properties, "AvailabilityZone"),
              }),
              TagSpecifications: tagging("subnet", properties, at),
            }),
          )
        : undefined;
    const id = before ?? made?.Subnet?.SubnetId ?? "";
    await mapPublic(id, properties, at);
    const zone = made?.Subnet?.AvailabilityZone ?? String(properties.AvailabilityZone ?? "");
    return {
      physicalId: id,
      attributes: {
        SubnetId: id,
        AvailabilityZone: zone,
        CidrBlock: textOf(properties, "CidrBlock"),
        VpcId: textOf(properties, "VpcId"),
        Ipv6CidrBlocks: [],
      },
    };
  },
  async update(id, properties, _before, at) {
    await mapPublic(id, properties, at);
    await retag(id, properties, at);
    return {};
  },
  remove: (id, _properties, { client }) =>
    unlessGone(client.send(new DeleteSubnetCommand({ SubnetId: id })), "InvalidSubnetID.NotFound"),
};

async function mapPublic(
  SubnetId: string,
  { MapPublicIpOnLaunch }: Properties,
  { client }: Provision,
): Promise<void> {
  if (MapPublicIpOnLaunch === undefined) return;
  const value = { Value: truth(MapPublicIpOnLaunch) };
  await client.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: value }));
}

const internetGateway: ResourceType = {
  type: "AWS::EC2::InternetGateway",
  properties: ["Tags"],
  replacedBy: [],
  async create(properties, at) {
    const TagSpecifications = tagging("internet-gateway", properties, at);
    const id =
      (await madeBefore("internet-gateway", at)) ??
      (await at.client.send(new CreateInternetGatewayCommand({ TagSpecifications }))).InternetGateway
        ?.InternetGatewayId ??
      "";
    return { physicalId: id, attributes: { InternetGatewayId: id } };
  },
  async update(id, properties, _before, at) {
    await retag(id, properties, at);
    return {};
  },
  remove: (id, _properties, { client }) =>
    unlessGone(
      client.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })),
      "InvalidInternetGatewayID.NotFound",
    ),
};

const gatewayAttachment: ResourceType = {
  type: "AWS::EC2::VPCGatewayAttachment",
  properties: ["InternetGatewayId", "VpcId"],
  replacedBy: "all",
  async create(properties, { client, again }) {
    const [InternetGatewayId, VpcId] = [textOf(properties, "InternetGatewayId"), textOf(properties, "VpcId")];
    const { InternetGateways: [gateway] = [] } = again
      ? await client.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [InternetGatewayId] }))
      : {};
    if (gateway?.Attachments?.some((attachment) => attachment.VpcId === VpcId) !== true) {
      await client.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
    }
    return { physicalId: `IGW|${VpcId}`, attributes: { AttachmentType: "IGW" } };
  },
  remove: (_id, properties, { client }) =>
    unlessGone(
      client.send(
        new DetachInternetGatewayCommand({
          InternetGatewayId: textOf(properties, "InternetGatewayId"),
          VpcId: textOf(properties, "VpcId"),
        }),
      ),
      ...["Gateway.NotAttached", "InvalidInternetGatewayID.NotFound", "InvalidVpcID.NotFound"],
    ),
};

const routeTable: ResourceType = {
  type: "AWS::EC2::RouteTable",
  properties: ["Tags", "VpcId"],
  replacedBy: ["VpcId"],
  async create(properties, at) {
    const TagSpecifications = tagging("route-table", properties, at);
    const id =
      (await madeBefore("route-table", at)) ??
      (
        await at.client.send(
          new CreateRouteTableCommand({ VpcId: textOf(properties, "VpcId"), TagSpecifications }),
        )
      ).RouteTable?.RouteTableId ??
      "";
    return { physicalId: id, attributes: { RouteTableId: id } };
  },
  async update(id, properties, _before, at) {
    await retag(id, properties, at);
    return {};
  },
  remove: (id, _properties, { client }) =>
    unlessGone(
      client.send(new DeleteRouteTableCommand({ RouteTableId: id })),
      "InvalidRouteTableID.NotFound",
    ),
};

const route: ResourceType = {
  type: "AWS::EC2::Route",
  properties: ["DestinationCidrBlock", "GatewayId", "NatGatewayId", "RouteTableId"],
  replacedBy: "all",
  async create(properties, { client, again }) {
    const RouteTableId = textOf(properties, "RouteTableId");
    const DestinationCidrBlock = textOf(properties, "DestinationCidrBlock");
    const { GatewayId, NatGatewayId } = properties;
    try {
      await client.send(
        new CreateRouteCommand({
          ...{ RouteTableId, DestinationCidrBlock },
          ...(GatewayId !== undefined && { GatewayId: String(GatewayId) }),
          ...(NatGatewayId !== undefined && { NatGatewayId: String(NatGatewayId) }),
        }),
      );
    } catch (error) {
      if (!again || !isFault(error, "RouteAlreadyExists")) throw error;
    }
    return { physicalId: `${RouteTableId}|${DestinationCidrBlock}` };
  },
  remove: (_id, properties, { client }) =>
    unlessGone(
      client.send(
        new DeleteRouteCommand({
          RouteTableId: textOf(properties, "RouteTableId"),
          DestinationCidrBlock: textOf(properties, "DestinationCidrBlock"),
        }),
      ),
      ...["InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"],
    ),
};

const routeTableAssociation: ResourceType = {
  type: "AWS::EC2::SubnetRouteTableAssociation",
  properties: ["RouteTableId", "SubnetId"],
  replacedBy: "all",
  async create(properties, { client }) {
    // Associating again answers the association that is there.
    const { AssociationId = "" } = await client.send(
      new AssociateRouteTableCommand({
        RouteTableId: textOf(properties, "RouteTableId"),
        SubnetId: textOf(properties, "SubnetId"),
      }),
    );
    return { physicalId: AssociationId, attributes: { Id: AssociationId } };
  },
  remove: (id, _properties, { client }) =>
    unlessGone(
      client.send(new DisassociateRouteTableCommand({ AssociationId: id })),
      "InvalidAssociationID.NotFound",
    ),
};

const elasticIp: ResourceType = {
  type: "AWS::EC2::EIP",
  properties: ["Domain", "Tags"],
  replacedBy: ["Domain"],
  async create(properties, at) {
    const before = await madeBefore("elastic-ip", at);
    const found = before === undefined ? undefined : await addressWith({ AllocationIds: [before] }, at);
    const TagSpecifications = tagging("elastic-ip", properties, at);
    const { AllocationId = "", PublicIp = "" } =
      found ?? (await at.client.send(new AllocateAddressCommand({ Domain: "vpc", TagSpecifications })));
    return { physicalId: PublicIp, attributes: { AllocationId, PublicIp } };
  },
  async update(address, properties, _before, at) {
    const found = await addressWith({ PublicIps: [address] }, at);
    await retag(found?.AllocationId ?? "", properties, at);
    return {};
  },
  remove: (address, _properties, at) =>
    unlessGone(
      (async () => {
        const found = await addressWith({ PublicIps: [address] }, at);
        await at.client.send(new ReleaseAddressCommand({ AllocationId: found?.AllocationId ?? "" }));
      })(),
      ...["InvalidAllocationID.NotFound", "InvalidAddress.NotFound"],
    ),
};

async function addressWith(input: DescribeAddressesCommandInput, { client }: Provision) {
  const { Addresses: [found] = [] } = await client.send(new DescribeAddressesCommand(input));
  return found;
}

const natGateway: ResourceType = {
  type: "AWS::EC2::NatGateway",
  properties: ["AllocationId", "ConnectivityType", "SubnetId", "Tags"],
  replacedBy: ["AllocationId", "ConnectivityType", "SubnetId"],
  async create(properties, at) {
    const { NatGateway } = await at.client.send(
      new CreateNatGatewayCommand({
        SubnetId: textOf(properties, "SubnetId"),
        ...(properties.AllocationId !== undefined && { AllocationId: textOf(properties, "AllocationId") }),
        ...(properties.ConnectivityType !== undefined && {
          ConnectivityType: properties.ConnectivityType as never,
        }),
        ClientToken: at.token,
        TagSpecifications: tagging("natgateway", properties, at),
      }),
    );
    const id = NatGateway?.NatGatewayId ?? "";
    return { physicalId: id, attributes: { NatGatewayId: id } };
  },
  async settled(id, _properties, { client }) {
    const { NatGateways: [found] = [] } = await client.send(
      new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }),
    );
    if (found?.State === "failed")
      throw validationError(`NatGateway ${id} is in state failed and hence failed to stabilize.`);
    return found?.State === "available" ? { NatGatewayId: id } : undefined;
  },
  async update(id, properties, _before, at) {
    await retag(id, properties, at);
    return {};
  },
  remove: (id, _properties, { client }) =>
    unlessGone(client.send(new DeleteNatGatewayCommand({ NatGatewayId: id })), "NatGatewayNotFound"),
};

/** A rule as templates write it: one range or one group each, where the API takes lists. */
function permission(rule: Properties): IpPermission {
  const { IpProtocol, FromPort, ToPort, CidrIp, Description } = rule;
  const group = rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId;
  const described = Description === undefined ? {} : { Description: String(Description) };
  return {
    IpProtocol: String(IpProtocol ?? "-1"),
    ...(FromPort !== undefined && { FromPort: Number(FromPort) }),
    ...(ToPort !== undefined && { ToPort: Number(ToPort) }),
    ...(CidrIp !== undefined && { IpRanges: [{ CidrIp: String(CidrIp), ...described }] }),
    ...(rule.CidrIpv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6: String(rule.CidrIpv6), ...described }] }),
    ...(group !== undefined && { UserIdGroupPairs: [{ GroupId: String(group), ...described }] }),
  };
}

const duplicate = "InvalidPermission.Duplicate";
const noSuchRule = ["InvalidPermission.NotFound", "InvalidGroup.NotFound"];

async function allow(
  GroupId: string,
  rules: readonly Properties[],
  out: boolean,
  at: Provision,
): Promise<void> {
  for (const rule of rules) {
    const input = { GroupId, IpPermissions: [permission(rule)] };
    const command = out
      ? new AuthorizeSecurityGroupEgressCommand(input)
      : new AuthorizeSecurityGroupIngressCommand(input);
    await unlessGone(at.client.send(command as AuthorizeSecurityGroupIngressCommand), duplicate);
  }
}

async function forbid(
  GroupId: string,
  rules: readonly Properties[],
  out: boolean,
  at: Provision,
): Promise<void> {
  for (const rule of rules) {
    const input = { GroupId, IpPermissions: [permission(rule)] };
    const command = out
      ? new RevokeSecurityGroupEgressCommand(input)
      : new RevokeSecurityGroupIngressCommand(input);
    await unlessGone(at.client.send(command as RevokeSecurityGroupIngressCommand), ...noSuchRule);
  }
}

function rulesOf(properties: Properties, name: string): readonly Properties[] {
  const value = properties[name];
  return Array.isArray(value) ? value.filter(isMap) : [];
}

/** AWS: the rule that lets everything out, which a group has until its own rules are given. */
const everythingOut: Properties = { IpProtocol: "-1", CidrIp: "0.0.0.0/0" };

const securityGroup: ResourceType = {
  type: "AWS::EC2::SecurityGroup",
  properties: [
    "GroupDescription",
    "GroupName",
    "SecurityGroupEgress",
    "SecurityGroupIngress",
    "Tags",
    "VpcId",
  ],
  replacedBy: ["GroupDescription", "GroupName", "VpcId"],
  async create(properties, at) {
    const id =
      (await madeBefore("security-group", at)) ??
      (
        await at.client.send(
          new CreateSecurityGroupCommand({
            GroupName: String(properties.GroupName ?? at.name(255)),
            Description: textOf(properties, "GroupDescription"),
            ...(properties.VpcId !== undefined && { VpcId: textOf(properties, "VpcId") }),
            TagSpecifications: tagging("security-group", properties, at),
          }),
        )
      ).GroupId ??
      "";
    await allow(id, rulesOf(properties, "SecurityGroupIngress"), false, at);
    const out = rulesOf(properties, "SecurityGroupEgress");
    if (properties.SecurityGroupEgress !== undefined) await forbid(id, [everythingOut], true, at);
    await allow(id, out, true, at);
    return { physicalId: id, attributes: { GroupId: id, Id: id, VpcId: properties.VpcId ?? "" } };
  },
  async update(id, properties, before, at) {
    for (const [name, out] of [
      ["SecurityGroupIngress", false],
      ["SecurityGroupEgress", true],
    ] as const) {
      const [was, is] = [rulesOf(before, name), rulesOf(properties, name)];
      const text = (rule: Properties): string => JSON.stringify(permission(rule));
      const [had, has] = [was.map(text), is.map(text)];
      await forbid(
        id,
        was.filter((rule) => !has.includes(text(rule))),
        out,
        at,
      );
      await allow(
        id,
        is.filter((rule) => !had.includes(text(rule))),
        out,
        at,
      );
    }
    await retag(id, properties, at);
    return { GroupId: id };
  },
  remove: (id, _properties, { client }) =>
    unlessGone(client.send(new DeleteSecurityGroupCommand({ GroupId: id })), "InvalidGroup.NotFound"),
};

const ruleOf = (direction: "Ingress" | "Egress"): ResourceType => ({
  type: `AWS::EC2::SecurityGroup${direction}`,
  properties: [
    "CidrIp",
    "CidrIpv6",
    "Description",
    "FromPort",
    "GroupId",
    "IpProtocol",
    direction === "Ingress" ? "SourceSecurityGroupId" : "DestinationSecurityGroupId",
    "ToPort",
  ],
  replacedBy: "all",
  async create(properties, at) {
    await allow(textOf(properties, "GroupId"), [properties], direction === "Egress", at);
    const id = `sgr-${at.token.slice(0, 17)}`;
    return { physicalId: id, attributes: { Id: id } };
  },
  remove: (_id, properties, at) =>
    forbid(textOf(properties, "GroupId"), [properties], direction === "Egress", at),
});

/** Amazon EC2: networks. */
export const ec2Types: readonly ResourceType[] = [
  vpc,
  subnet,
  internetGateway,
  gatewayAttachment,
  routeTable,
  route,
  routeTableAssociation,
  elasticIp,
  natGateway,
  securityGroup,
  ruleOf("Ingress"),
  ruleOf("Egress"),
];

import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  ListHostedZonesByNameCommand,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import {
  CreateHttpNamespaceCommand,
  CreatePrivateDnsNamespaceCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteNamespaceCommand,
  DeleteServiceCommand,
  GetNamespaceCommand,
  GetOperationCommand,
} from "@aws-sdk/client-servicediscovery";
import { validationError } from "../faults.ts";
import { isMap, type TemplateValue } from "../template/template.ts";
import type { Attributes, Properties, Provision, ResourceType } from "./resource-type.ts";
import { inputOf, type Kinds, tagsOf, textOf, unlessGone } from "./values.ts";

const kinds: Kinds = {
  numbers: ["FailureThreshold", "TTL", "Weight"],
  truths: ["EvaluateTargetHealth", "MultiValueAnswer"],
};

const namespace = (kind: "Http" | "PrivateDns"): ResourceType => ({
  type: `AWS::ServiceDiscovery::${kind}Namespace`,
  properties: ["Description", "Name", "Tags", ...(kind === "PrivateDns" ? ["Vpc"] : [])],
  replacedBy: "all",
  async create(properties, at) {
    const Tags = tagsOf(properties, at);
    const input = {
      Name: textOf(properties, "Name"),
      CreatorRequestId: at.token,
      ...(properties.Description !== undefined && { Description: String(properties.Description) }),
      ...(Tags.length > 0 && { Tags }),
    };
    const { OperationId = "" } = await (kind === "Http"
      ? at.client.send(new CreateHttpNamespaceCommand(input))
      : at.client.send(new CreatePrivateDnsNamespaceCommand({ ...input, Vpc: textOf(properties, "Vpc") })));
    const id = await made(OperationId, at);
    return { physicalId: id, attributes: await describeNamespace(id, at) };
  },
  async remove(id, _properties, at) {
    await unlessGone(
      (async () => {
        const { OperationId = "" } = await at.client.send(new DeleteNamespaceCommand({ Id: id }));
        await made(OperationId, at);
      })(),
      "NamespaceNotFound",
    );
  },
});

/** The namespace that an operation of Cloud Map is about, when it is done. */
async function made(OperationId: string, { client }: Provision): Promise<string> {
  for (let look = 0; look < 120; look++) {
    const { Operation } = await client.send(new GetOperationCommand({ OperationId }));
    if (Operation?.Status === "FAIL")
      throw validationError(Operation.ErrorMessage ?? "The operation failed.");
    if (Operation?.Status === "SUCCESS") return Operation.Targets?.NAMESPACE ?? "";
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw validationError(`Operation ${OperationId} did not come to an end.`);
}

async function describeNamespace(id: string, { client }: Provision): Promise<Attributes> {
  const { Namespace } = await client.send(new GetNamespaceCommand({ Id: id }));
  const zone = Namespace?.Properties?.DnsProperties?.HostedZoneId;
  return { Id: id, Arn: Namespace?.Arn ?? "", ...(zone !== undefined && { HostedZoneId: zone }) };
}

const settings = [
  "Description",
  "DnsConfig",
  "HealthCheckConfig",
  "HealthCheckCustomConfig",
  "Name",
  "NamespaceId",
  "Type",
];

const discoveryService: ResourceType = {
  type: "AWS::ServiceDiscovery::Service",
  properties: [...settings, "Tags"],
  replacedBy: "all",
  async create(properties, at) {
    const Tags = tagsOf(properties, at);
    const input = inputOf<CreateServiceCommandInput>(properties, settings, kinds);
    const { Service } = await at.client.send(
      new CreateServiceCommand({ ...input, CreatorRequestId: at.token, ...(Tags.length > 0 && { Tags }) }),
    );
    const id = Service?.Id ?? "";
    return { physicalId: id, attributes: { Id: id, Arn: Service?.Arn ?? "", Name: Service?.Name ?? "" } };
  },
  remove: (id, _properties, { client }) =>
    unlessGone(client.send(new DeleteServiceCommand({ Id: id })), "ServiceNotFound"),
};

const hostedZone: ResourceType = {
  type: "AWS::Route53::HostedZone",
  properties: ["HostedZoneConfig", "Name", "VPCs"],
  replacedBy: "all",
  async create(properties, at) {
    const [vpc] = Array.isArray(properties.VPCs) ? (properties.VPCs as readonly TemplateValue[]) : [];
    const { HostedZone, DelegationSet } = await at.client.send(
      new CreateHostedZoneCommand({
        Name: textOf(properties, "Name"),
        CallerReference: at.token,
        ...(isMap(properties.HostedZoneConfig) && {
          HostedZoneConfig: { Comment: String(properties.HostedZoneConfig.Comment ?? "") },
        }),
        ...(isMap(vpc) && {
          VPC: { VPCId: textOf(vpc, "VPCId"), VPCRegion: textOf(vpc, "VPCRegion") as never },
        }),
      }),
    );
    const id = (HostedZone?.Id ?? "").replace("/hostedzone/", "");
    return { physicalId: id, attributes: { Id: id, NameServers: DelegationSet?.NameServers ?? [] } };
  },
  remove: (id, _properties, { client }) =>
    unlessGone(client.send(new DeleteHostedZoneCommand({ Id: id })), "NoSuchHostedZone"),
};

const recordMembers = [
  "AliasTarget",
  "Failover",
  "HealthCheckId",
  "MultiValueAnswer",
  "Name",
  "Region",
  "SetIdentifier",
  "TTL",
  "Type",
  "Weight",
];

const recordSet: ResourceType = {
  type: "AWS::Route53::RecordSet",
  properties: [...recordMembers, "Comment", "HostedZoneId", "HostedZoneName", "ResourceRecords"],
  replacedBy: ["HostedZoneId", "HostedZoneName", "Name", "Type", "SetIdentifier"],
  async create(properties, at) {
    await change("UPSERT", properties, at);
    return { physicalId: textOf(properties, "Name") };
  },
  async update(_name, properties, _before, at) {
    await change("UPSERT", properties, at);
    return {};
  },
  remove: (_name, properties, at) =>
    unlessGone(change("DELETE", properties, at), "NoSuchHostedZone", "InvalidChangeBatch"),
};

async function change(Action: Change["Action"], properties: Properties, at: Provision): Promise<void> {
  const records = Array.isArray(properties.ResourceRecords)
    ? properties.ResourceRecords.map((Value) => ({ Value: String(Value) }))
    : [];
  const alias = properties.AliasTarget;
  const ResourceRecordSet = {
    ...inputOf<ResourceRecordSet>(properties, recordMembers, kinds),
    ...(records.length > 0 && { ResourceRecords: records }),
    ...(isMap(alias) && {
      AliasTarget: {
        DNSName: textOf(alias, "DNSName"),
        HostedZoneId: textOf(alias, "HostedZoneId"),
        EvaluateTargetHealth: String(alias.EvaluateTargetHealth) === "true",
      },
    }),
  };
  await at.client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: await zoneOf(properties, at),
      ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
    }),
  );
}

async function zoneOf(properties: Properties, { client }: Provision): Promise<string> {
  if (properties.HostedZoneId !== undefined) return textOf(properties, "HostedZoneId");
  const DNSName = textOf(properties, "HostedZoneName");
  const { HostedZones = [] } = await client.send(new ListHostedZonesByNameCommand({ DNSName }));
  const found = HostedZones.find(({ Name }) => Name === DNSName || Name === `${DNSName}.`);
  if (found?.Id === undefined) throw validationError(`No hosted zones named ${DNSName} found`);
  return found.Id.replace("/hostedzone/", "");
}

/** Cloud Map and Route 53. */
export const nameTypes: readonly ResourceType[] = [
  namespace("Http"),
  namespace("PrivateDns"),
  discoveryService,
  hostedZone,
  recordSet,
];

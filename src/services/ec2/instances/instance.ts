import type * as ec2 from "@aws-sdk/client-ec2";
import type { InstanceDocument } from "../documents.ts";
import type { NetworkInterface } from "../network-interfaces/network-interface.ts";
import { wireTags } from "../tags/tags.ts";
import { internalDomain } from "../vpcs/vpc.ts";
import { needZone } from "../zones/zone.ts";
import type { Instance } from "./instance-store.ts";

/** EC2 API Reference, "InstanceState": the code of each state. */
const stateCodes = { pending: 0, running: 16, "shutting-down": 32, terminated: 48 } as const;

export function wireState(state: InstanceDocument["state"]): ec2.InstanceState {
  return { Code: stateCodes[state], Name: state };
}

export function wireOperator({ operator }: InstanceDocument): ec2.OperatorResponse {
  return operator === undefined ? { Managed: false } : { Managed: true, Principal: operator };
}

/** The private name of an instance's address. */
export function privateName({ region, document }: Instance): string {
  return `ip-${document.privateIp.replaceAll(".", "-")}.${internalDomain({ region })}`;
}

/**
 * As answers show it.
 * @param primary its primary interface; a terminated instance has none.
 */
export function wireInstance(instance: Instance, primary: NetworkInterface | undefined): ec2.Instance {
  const { id, document, region } = instance;
  const alive = document.state !== "terminated";
  const groups = primary?.document.groups.map((one) => ({ GroupId: one.id, GroupName: one.name })) ?? [];
  return {
    InstanceId: id,
    ImageId: document.image,
    InstanceType: document.type as ec2._InstanceType,
    State: wireState(document.state),
    StateReason: document.stateReason && {
      Code: document.stateReason.code,
      Message: document.stateReason.message,
    },
    StateTransitionReason:
      document.terminatedAt === undefined
        ? ""
        : `User initiated (${new Date(document.terminatedAt).toISOString().slice(0, 19).replace("T", " ")} GMT)`,
    LaunchTime: new Date(instance.createdAt),
    Architecture: document.architecture,
    AmiLaunchIndex: 0,
    CpuOptions: { CoreCount: document.cores, ThreadsPerCore: document.threadsPerCore },
    Placement: {
      AvailabilityZone: document.zone,
      AvailabilityZoneId: needZone(region, document.zone).id,
      GroupName: "",
      Tenancy: "default",
    },
    Monitoring: { State: "disabled" },
    PrivateDnsName: alive ? privateName(instance) : "",
    PublicDnsName: "",
    PrivateIpAddress: alive ? document.privateIp : undefined,
    VpcId: instance.vpc,
    SubnetId: instance.parent,
    SecurityGroups: groups,
    SourceDestCheck: alive ? true : undefined,
    NetworkInterfaces: primary === undefined ? [] : [wirePrimary(instance, primary)],
    IamInstanceProfile:
      alive && document.profile !== undefined
        ? { Arn: document.profile.arn, Id: document.profile.id }
        : undefined,
    Operator: wireOperator(document),
    Tags: wireTags(instance.tags),
    ProductCodes: [],
    BlockDeviceMappings: [],
  };
}

function wirePrimary(instance: Instance, primary: NetworkInterface): ec2.InstanceNetworkInterface {
  const { attachment, addresses, groups, mac, sourceDestCheck } = primary.document;
  return {
    NetworkInterfaceId: primary.id,
    OwnerId: primary.account,
    VpcId: primary.vpc,
    SubnetId: primary.parent,
    MacAddress: mac,
    PrivateIpAddress: instance.document.privateIp,
    PrivateDnsName: privateName(instance),
    PrivateIpAddresses: addresses.map((address, i) => ({ PrivateIpAddress: address, Primary: i === 0 })),
    Groups: groups.map(({ id, name }) => ({ GroupId: id, GroupName: name })),
    SourceDestCheck: sourceDestCheck,
    Status: "in-use",
    InterfaceType: "interface",
    Attachment: attachment && {
      AttachmentId: attachment.id,
      AttachTime: new Date(attachment.attachedAt),
      DeleteOnTermination: attachment.deleteOnTermination,
      DeviceIndex: attachment.deviceIndex,
      NetworkCardIndex: 0,
      Status: "attached",
    },
  };
}

import type { InstanceCredentials, InstanceFacts } from "./instance-source.ts";

/** What the metadata of an instance is made of. */
export interface MetadataView {
  readonly facts: InstanceFacts;
  readonly credentials?: InstanceCredentials | undefined;
  /** Epoch ms when the machine learnt that the instance has been terminated. */
  readonly terminatedAt?: number | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * The instance metadata by path below `/latest/` (EC2 User Guide, "Instance metadata categories"), as far as agents and
 * SDKs ask for it. What is not here is answered 404, as AWS does for what an instance has not.
 */
export function metadataTree({ facts, credentials, terminatedAt, now }: MetadataView): Map<string, string> {
  const at = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const interfaces = `meta-data/network/interfaces/macs/${facts.mac}`;
  const leaves: readonly (readonly [path: string, value: string | undefined])[] = [
    [
      "user-data",
      facts.userData === undefined ? undefined : Buffer.from(facts.userData, "base64").toString("utf8"),
    ],
    ["dynamic/instance-identity/document", facts.identityDocument],
    ["dynamic/instance-identity/signature", facts.identitySignature],
    ["meta-data/ami-id", facts.image],
    ["meta-data/ami-launch-index", "0"],
    ["meta-data/hostname", facts.privateName],
    ["meta-data/iam/info", facts.profile && profileInfo(facts.profile, at(now))],
    ["meta-data/instance-action", "none"],
    ["meta-data/instance-id", facts.id],
    ["meta-data/instance-life-cycle", "on-demand"],
    ["meta-data/instance-type", facts.type],
    ["meta-data/local-hostname", facts.privateName],
    ["meta-data/local-ipv4", facts.privateIp],
    ["meta-data/mac", facts.mac],
    [`${interfaces}/device-number`, "0"],
    [`${interfaces}/local-ipv4s`, facts.privateIp],
    [`${interfaces}/mac`, facts.mac],
    [`${interfaces}/owner-id`, facts.account],
    [`${interfaces}/security-group-ids`, facts.groups.map(({ id }) => id).join("\n")],
    [`${interfaces}/security-groups`, facts.groups.map(({ name }) => name).join("\n")],
    [`${interfaces}/subnet-id`, facts.subnet],
    [`${interfaces}/subnet-ipv4-cidr-block`, facts.subnetCidr],
    [`${interfaces}/vpc-id`, facts.vpc],
    [`${interfaces}/vpc-ipv4-cidr-block`, facts.vpcCidr],
    ["meta-data/placement/availability-zone", facts.zone],
    ["meta-data/placement/availability-zone-id", facts.zoneId],
    ["meta-data/placement/region", facts.region],
    ["meta-data/reservation-id", facts.reservation],
    ["meta-data/security-groups", facts.groups.map(({ name }) => name).join("\n")],
    ["meta-data/services/domain", "amazonaws.com"],
    ["meta-data/services/partition", "aws"],
    // AWS: how a machine hears that it is to go; agents leave their clusters then.
    [
      "meta-data/spot/instance-action",
      terminatedAt === undefined
        ? undefined
        : JSON.stringify({ action: "terminate", time: at(terminatedAt + 120_000) }),
    ],
    ...(credentials === undefined
      ? []
      : ([
          [`meta-data/iam/security-credentials/${credentials.role}`, credentialsText(credentials, at(now))],
        ] as const)),
  ];
  return new Map(leaves.flatMap(([path, value]) => (value === undefined ? [] : [[path, value] as const])));
}

/** The value of a path, or the names below it, one a line, with a slash behind those that have more below. */
export function readMetadata(tree: ReadonlyMap<string, string>, path: string): string | undefined {
  const plain = path.replace(/\/$/, "");
  const value = tree.get(plain);
  if (value !== undefined) return value;
  const below = plain === "" ? "" : `${plain}/`;
  const names = new Set<string>();
  for (const key of tree.keys()) {
    if (!key.startsWith(below)) continue;
    const [name = "", more] = key.slice(below.length).split("/", 2);
    // AWS: roles are listed without a slash, as the leaves that they are.
    names.add(more === undefined ? name : `${name}/`);
  }
  return names.size === 0 ? undefined : [...names].sort().join("\n");
}

function profileInfo({ arn, id }: NonNullable<InstanceFacts["profile"]>, LastUpdated: string): string {
  const info = { Code: "Success", LastUpdated, InstanceProfileArn: arn, InstanceProfileId: id };
  return JSON.stringify(info, undefined, 2);
}

/** EC2 User Guide, "Retrieve security credentials from instance metadata". */
function credentialsText(credentials: InstanceCredentials, LastUpdated: string): string {
  if ("refused" in credentials) {
    const { refused: Message } = credentials;
    return JSON.stringify({ Code: "AssumeRoleUnauthorizedAccess", Message, LastUpdated }, undefined, 2);
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
  return JSON.stringify(
    {
      Code: "Success",
      LastUpdated,
      Type: "AWS-HMAC",
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: `${new Date(expiresAt).toISOString().slice(0, 19)}Z`,
    },
    undefined,
    2,
  );
}

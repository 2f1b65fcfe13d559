import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  DescribeImageReplicationStatusCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  type ImageReplicationStatus,
  PutRegistryPolicyCommand,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  type GetServiceLinkedRoleDeletionStatusResponse,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { expect } from "vitest";
import type { ClientSettings } from "../support/roadstead.ts";
import { pushSample } from "./images.ts";

/** The official clients of one caller in one region. */
export interface Party {
  readonly account: string;
  readonly region: string;
  /** Where the registry is, and the path that names the party's own. */
  readonly registry: string;
  readonly path: string;
  readonly ecr: ECRClient;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly cloudtrail: CloudTrailClient;
}

/** One attempt a call: what a test sees is the first answer. */
export function partyOf(settings: ClientSettings, account: string): Party {
  const once = { ...settings, maxAttempts: 1 };
  const { region, endpoint } = settings;
  return {
    account,
    region,
    registry: endpoint,
    path: `${account}.${region}`,
    ecr: new ECRClient(once),
    iam: new IAMClient(once),
    sts: new STSClient(once),
    cloudtrail: new CloudTrailClient(once),
  };
}

/** The root of an account. */
export function rootParty(endpoint: string, account: string, region = "us-east-1"): Party {
  return partyOf(
    { endpoint, region, credentials: { accessKeyId: account, secretAccessKey: "test" } },
    account,
  );
}

/** A new user of the party's account with one inline policy, and the clients that call as that user. */
export async function userParty(root: Party, name: string, ...statements: readonly object[]): Promise<Party> {
  await root.iam.send(new CreateUserCommand({ UserName: name }));
  if (statements.length > 0) {
    await root.iam.send(
      new PutUserPolicyCommand({ UserName: name, PolicyName: "own", PolicyDocument: policy(...statements) }),
    );
  }
  const { AccessKey: key } = await root.iam.send(new CreateAccessKeyCommand({ UserName: name }));
  const credentials = { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" };
  return partyOf({ endpoint: root.registry, region: root.region, credentials }, root.account);
}

/** A policy document of statements. */
export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The token of `docker login` as `Authorization` has it behind `Basic`. */
export async function registryToken(party: Party): Promise<string> {
  const { authorizationData = [] } = await party.ecr.send(new GetAuthorizationTokenCommand({}));
  return authorizationData[0]?.authorizationToken ?? "";
}

/** Pushes a small image to the party's own registry; each seed is another image. */
export async function push(party: Party, repository: string, tag: string, seed = tag): Promise<string> {
  const token = await registryToken(party);
  const { digest } = await pushSample(party.registry, `${party.path}/${repository}`, tag, token, seed);
  return digest;
}

/** Replicates the party's images to the destinations, each repository or those below the prefixes. */
export async function replicateTo(
  source: Party,
  destinations: readonly Party[],
  ...prefixes: readonly string[]
): Promise<void> {
  const rule = {
    destinations: destinations.map(({ region, account }) => ({ region, registryId: account })),
    ...(prefixes.length > 0 && {
      repositoryFilters: prefixes.map((filter) => ({ filter, filterType: "PREFIX_MATCH" as const })),
    }),
  };
  const rules = destinations.length === 0 ? [] : [rule];
  await source.ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules } }));
}

/** Lets the source's role act in the destination's registry. */
export async function admit(
  destination: Party,
  source: Party,
  ...actions: readonly ("ecr:ReplicateImage" | "ecr:CreateRepository")[]
): Promise<void> {
  const policyText = policy({
    Sid: "In",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${source.account}:root` },
    Action: actions,
    Resource: `arn:aws:ecr:${destination.region}:${destination.account}:repository/*`,
  });
  await destination.ecr.send(new PutRegistryPolicyCommand({ policyText }));
}

/** The statuses of an image's replication, as they are now, by `<account> <region>`. */
export async function statuses(
  source: Party,
  repositoryName: string,
  imageDigest: string,
): Promise<Record<string, ImageReplicationStatus>> {
  const { replicationStatuses = [] } = await source.ecr.send(
    new DescribeImageReplicationStatusCommand({ repositoryName, imageId: { imageDigest } }),
  );
  return Object.fromEntries(replicationStatuses.map((one) => [`${one.registryId} ${one.region}`, one]));
}

/** Waits until the replication of an image has ended at every destination. */
export async function settled(
  source: Party,
  repositoryName: string,
  imageDigest: string,
): Promise<Record<string, ImageReplicationStatus>> {
  let found: Record<string, ImageReplicationStatus> = {};
  await expect
    .poll(
      async () => {
        found = await statuses(source, repositoryName, imageDigest);
        return Object.values(found).filter(({ status }) => status === "IN_PROGRESS").length;
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(0);
  return found;
}

/** A CloudTrail record, so far as the tests read it. */
export interface TrailRecord {
  readonly eventName: string;
  readonly eventSource: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly recipientAccountId: string;
  readonly sourceIPAddress: string;
  readonly userIdentity: { readonly type: string; readonly arn?: string; readonly invokedBy?: string };
}

/** The records of one event name in the party's account and region, newest first. */
export async function recorded(party: Party, eventName: string): Promise<readonly TrailRecord[]> {
  const { Events = [] } = await party.cloudtrail.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: eventName }],
    }),
  );
  return Events.map((event) => JSON.parse(event.CloudTrailEvent ?? "{}") as TrailRecord);
}

/** Asks for a role's deletion and waits for the task's end. AWS: its status is unknown for the first moments. */
export async function deletion(
  party: Party,
  RoleName: string,
): Promise<GetServiceLinkedRoleDeletionStatusResponse> {
  const { DeletionTaskId } = await party.iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
  const ask = new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId });
  let found: GetServiceLinkedRoleDeletionStatusResponse | undefined;
  await expect
    .poll(
      async () => {
        found = await party.iam.send(ask).catch((error: unknown) => {
          if (error instanceof Error && error.name === "NoSuchEntityException") return undefined;
          throw error;
        });
        return found?.Status;
      },
      { timeout: 20_000, interval: 20 },
    )
    .toMatch(/^(SUCCEEDED|FAILED)$/);
  if (found === undefined) throw new Error("the deletion task has no status");
  return found;
}

/** The role that carries images. */
export const roleName = "AWSServiceRoleForECRReplication";

/** The ARN of that role's session in an account, as trails and refusals name it. */
export function sessionArn(account: string): string {
  return `arn:aws:sts::${account}:assumed-role/${roleName}/ecr-replication`;
}

/** Closes the connections that a party keeps. */
export function leave(...parties: readonly Party[]): void {
  for (const { ecr, iam, sts, cloudtrail } of parties) {
    for (const client of [ecr, iam, sts, cloudtrail]) client.destroy();
  }
}

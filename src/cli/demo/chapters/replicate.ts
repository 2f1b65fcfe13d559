import { setTimeout as wait } from "node:timers/promises";
import {
  DescribeImageReplicationStatusCommand,
  DescribeRepositoriesCommand,
  type ImageReplicationStatus,
  PutRegistryPolicyCommand,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { type Cast, repository } from "../cast.ts";
import type { Clients } from "../clients.ts";
import { registryToken } from "./registry-login.ts";

/** What the destination account says about its registry: who may replicate into it. */
export function registryPolicy(source: Clients, destination: Clients, actions: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "ReplicationFromSource",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${source.account}:root` },
        Action: actions,
        Resource: `arn:aws:ecr:${destination.region}:${destination.account}:repository/*`,
      },
    ],
  });
}

/** The configuration of the story: the same account abroad, and the neighbour. */
export function configuration({ abroad, neighbour }: Cast): PutReplicationConfigurationCommand {
  return new PutReplicationConfigurationCommand({
    replicationConfiguration: {
      rules: [
        {
          destinations: [abroad, neighbour].map(({ region, account }) => ({ region, registryId: account })),
          repositoryFilters: [{ filter: "team/", filterType: "PREFIX_MATCH" }],
        },
      ],
    },
  });
}

/** Waits until the replication of an image has ended everywhere. */
export async function settled(
  clients: Clients,
  imageDigest: string,
): Promise<readonly ImageReplicationStatus[]> {
  const command = new DescribeImageReplicationStatusCommand({
    repositoryName: repository,
    imageId: { imageDigest },
  });
  for (let i = 0; i < 200; i++) {
    const { replicationStatuses = [] } = await clients.ecr.send(command);
    if (
      replicationStatuses.length > 0 &&
      replicationStatuses.every(({ status }) => status !== "IN_PROGRESS")
    ) {
      return replicationStatuses;
    }
    await wait(50);
  }
  throw new Error(`replication of ${imageDigest} did not end within ten seconds`);
}

/** Statuses, a line each. */
export function statusLines(statuses: readonly ImageReplicationStatus[]): string {
  return statuses
    .map(
      (one) =>
        `${one.registryId} ${one.region}: ${one.status}${one.failureCode ? ` (${one.failureCode})` : ""}`,
    )
    .join("\n");
}

/** Two destinations; the role appears; the next push arrives at both. */
export async function replicate(cast: Cast): Promise<void> {
  const { stage, carrier, home, abroad, neighbour } = cast;
  stage.chapter("Replication to another region and another account");
  await stage.step(
    `aws ecr put-registry-policy --policy-text file://policy.json   # as ${neighbour.account}, ${neighbour.region}`,
    () =>
      neighbour.ecr.send(
        new PutRegistryPolicyCommand({
          policyText: registryPolicy(home, neighbour, ["ecr:ReplicateImage", "ecr:CreateRepository"]),
        }),
      ),
    () => `${home.account} may replicate into ${neighbour.account}`,
  );
  await stage.step(
    "aws ecr put-replication-configuration --replication-configuration file://replication.json",
    () => home.ecr.send(configuration(cast)),
    ({ replicationConfiguration }) => JSON.stringify(replicationConfiguration?.rules?.[0]?.destinations),
  );
  await stage.step(
    "aws iam list-roles --path-prefix /aws-service-role/",
    () => home.iam.send(new ListRolesCommand({ PathPrefix: "/aws-service-role/" })),
    ({ Roles = [] }) => Roles.map((role) => role.Arn).join("\n"),
  );
  const [{ repositoryUri = "" } = {}] =
    (await home.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }))).repositories ??
    [];
  const token = await registryToken(home);
  const began = Date.now();
  const digest = await stage.step(
    carrier.pushCommand(repositoryUri, "v2"),
    () => carrier.push(repositoryUri, "v2", token, "v2"),
    (pushed) => `pushed ${pushed}`,
  );
  const statuses = await stage.step(
    `aws ecr describe-image-replication-status --repository-name ${repository} --image-id imageTag=v2`,
    () => settled(home, digest),
    statusLines,
  );
  if (statuses.some(({ status }) => status !== "COMPLETE")) throw new Error(statusLines(statuses));
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  for (const there of [abroad, neighbour]) {
    const [{ repositoryUri: uri = "" } = {}] =
      (await there.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] })))
        .repositories ?? [];
    const theirs = await registryToken(there);
    const pulled = await stage.step(
      carrier.pullCommand(uri, "v2"),
      () => carrier.pull(uri, "v2", theirs),
      (found) => `pulled ${found}`,
    );
    if (pulled !== digest) throw new Error(`${there.region} has ${pulled}, pushed was ${digest}`);
  }
  stage.proved("AWSServiceRoleForECRReplication was made by the first configuration");
  stage.proved(`the image was at both destinations ${seconds} s after the push began`);
}

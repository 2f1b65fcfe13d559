import { createHash } from "node:crypto";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { day } from "../../../kernel/duration.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { NewJob } from "../../../store/types.ts";
import { invalidParameter } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { ConnectTls, WishedTls } from "./connect.ts";

/** What the TLS of Service Connect needs of the rest of the house. */
export interface ConnectTlsPorts {
  /** AWS Private CA's own: issues a certificate for a name, valid for seven days. */
  readonly issueCertificate: InternalOperation<
    { readonly authorityArn: string; readonly name: string },
    unknown,
    { readonly certificate: string; readonly privateKey: string; readonly chain: string }
  >;
}

/** AWS: a certificate is replaced after five of its seven days. */
export const rotatedEvery = 5 * day;

/** The queue of certificates that are to be replaced. */
export const certificateQueue = "ecs.service-connect-certificates";

/** The session in which ECS uses the role of a TLS configuration. The name is ours. */
const sessionName = "ecs-service-connect-tls";

/** What it takes to replace a certificate: the payload of its job. */
export interface KeptCertificate extends ConnectTls {
  readonly serviceArn: string;
}

/** Names the role of a TLS configuration, as ECS takes it for a service. */
export const tlsRole = ({ roleArn, serviceArn }: Pick<KeptCertificate, "roleArn" | "serviceArn">) => ({
  servicePrincipal: ecsPrincipal,
  roleArn: roleArn as Arn,
  sessionName,
  sourceArn: serviceArn as Arn,
});

/** The job that replaces a certificate. @param now epoch ms. */
function rotationJob(
  { account, region }: { readonly account: AccountId; readonly region: Region },
  kept: KeptCertificate,
  now: number,
): NewJob {
  return {
    ...{ queue: certificateQueue, key: kept.secretArn, account, region },
    ...{ payload: kept, notBefore: now + rotatedEvery },
  };
}

/** Has a certificate replaced when its time has come. */
export const expectRotation: InternalOperation<KeptCertificate, undefined, void> = {
  service: "ecs",
  name: "ExpectCertificateRotation",
  onlyFor: ecsPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  commit: (tx, ctx, kept) => tx.enqueue(rotationJob(ctx, kept, ctx.now)),
};

/**
 * The certificate of a name that a service offers: issued, and kept in a secret, as the role of its TLS configuration
 * (Developer Guide, "Encrypt Service Connect traffic"). What is there already stays. For `prepare`.
 * Throws `InvalidParameterException`, in our words, for an authority or a role that does not do.
 */
export async function provideCertificate(
  { issueCertificate }: ConnectTlsPorts,
  ctx: PrepareContext,
  serviceArn: string,
  wished: WishedTls,
): Promise<ConnectTls> {
  const { serverName, kmsKey, authorityArn } = wished;
  const client = ctx.as(tlsRole({ ...wished, serviceArn }));
  const name = secretName(serviceArn, wished);
  try {
    const there = await findSecret(client, name);
    if (there !== undefined) return { ...wished, secretArn: there };
    const issued = await client.invoke(issueCertificate, { authorityArn, name: serverName });
    const made = await client.send(
      new CreateSecretCommand({
        Name: name,
        Description: "A certificate of Amazon ECS Service Connect",
        SecretString: JSON.stringify(issued),
        ...(kmsKey !== undefined && { KmsKeyId: kmsKey }),
        // AWS: without them the role may make none.
        Tags: [
          { Key: "AmazonECSManaged", Value: "true" },
          { Key: "AmazonECSCreated", Value: serviceArn },
        ],
      }),
    );
    const tls = { ...wished, secretArn: made.ARN ?? "" };
    await client.invoke(expectRotation, { ...tls, serviceArn });
    return tls;
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    throw invalidParameter(`The TLS of Service Connect for ${serverName} cannot be set up: ${error.message}`);
  }
}

/** Issues another certificate into a secret. @param client acts as the role. */
export async function replaceCertificate(
  { issueCertificate }: ConnectTlsPorts,
  client: Client,
  { secretArn, authorityArn, serverName }: KeptCertificate,
): Promise<void> {
  const issued = await client.invoke(issueCertificate, { authorityArn, name: serverName });
  await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: JSON.stringify(issued) }));
}

async function findSecret(client: Client, name: string): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeSecretCommand({ SecretId: name }))).ARN;
  } catch (error) {
    if (isFault(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** AWS: secrets of Service Connect begin so; the rest, which is ours, is the same for the same certificate. */
function secretName(serviceArn: string, { serverName, kmsKey }: WishedTls): string {
  const of = [serviceArn, serverName, kmsKey ?? ""].join("\n");
  return `ecs-sc!${createHash("sha256").update(of).digest("hex").slice(0, 32)}`;
}

import { createHash } from "node:crypto";
import { rootArn } from "../../kernel/arn.ts";
import type { AliasRef, KeyRef, Place } from "./arn.ts";

/** Services that have a key of their own in each account and region, made when they first use it. */
const services: readonly { readonly name: string; readonly title: string }[] = [
  { name: "secretsmanager", title: "AWS Secrets Manager" },
  { name: "ecr", title: "Amazon ECR" },
  { name: "ssm", title: "AWS Systems Manager" },
];

const prefix = "alias/aws/";

/** An AWS managed key: whose it is, and the one key of its place that it can be. */
export interface ManagedKey extends KeyRef {
  readonly alias: string;
  /** `secretsmanager.eu-west-1.amazonaws.com`, as `kms:ViaService` has it. */
  readonly viaService: string;
  readonly title: string;
}

/**
 * The AWS managed key that an alias stands for. Its id follows from its place, so that calls can be decided on it
 * before it is made.
 */
export function managedKeyOf(alias: AliasRef): ManagedKey | undefined {
  const service = services.find(({ name }) => alias.name === prefix + name);
  return service && managedKey(alias, service);
}

/** The AWS managed key that has an id, made or not. */
export function managedKeyWithId(ref: KeyRef): ManagedKey | undefined {
  return services.map((service) => managedKey(ref, service)).find(({ keyId }) => keyId === ref.keyId);
}

/** Whether an alias is AWS's to give. */
export function isReservedAlias(name: string): boolean {
  return name.startsWith(prefix);
}

function managedKey({ account, region }: Place, { name, title }: (typeof services)[number]): ManagedKey {
  const hash = createHash("sha256").update(`${account} ${region} ${name}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  const keyId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    "-",
  );
  return {
    account,
    region,
    keyId,
    alias: prefix + name,
    viaService: `${name}.${region}.amazonaws.com`,
    title,
  };
}

/** The policy of an AWS managed key, as AWS writes it (KMS Developer Guide, "AWS managed keys"). */
export function managedKeyPolicy(key: ManagedKey): string {
  const Sid = `Allow access through ${key.title} for all principals in the account that are authorized to use ${key.title}`;
  const through = { "kms:CallerAccount": key.account, "kms:ViaService": key.viaService };
  return JSON.stringify({
    Version: "2012-10-17",
    Id: `auto-${key.alias.slice(prefix.length)}-2`,
    Statement: [
      {
        Sid,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:ReEncrypt*",
          "kms:GenerateDataKey*",
          "kms:CreateGrant",
          "kms:RetireGrant",
          "kms:DescribeKey",
        ],
        Resource: "*",
        Condition: { StringEquals: through },
      },
      {
        Sid: "Allow direct access to key metadata to the account",
        Effect: "Allow",
        Principal: { AWS: rootArn(key.account) },
        Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        Resource: "*",
      },
    ],
  });
}

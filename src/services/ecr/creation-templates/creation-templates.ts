import type * as ecr from "@aws-sdk/client-ecr";
import { parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import { invalidParameter } from "../faults.ts";
import { readTagMutability, type TagMutability } from "../images/tag-mutability.ts";
import { readLifecyclePolicy } from "../lifecycle/policy.ts";
import type { RegistryScope } from "../ports.ts";
import { readPolicyText } from "../repositories/policy-text.ts";
import type { Encryption } from "../repositories/repository.ts";
import { readTags } from "../repositories/tags.ts";
import type { CreationTemplateRow, CreationTemplateTables } from "./store.ts";

/** The prefix of the template for whatever no other template matches. */
export const rootPrefix = "ROOT";

/** What a template gives to the repositories that are created by it, and when. */
export interface CreationTemplateDocument {
  /** As it was given: `prod` or `prod/`. */
  readonly shownPrefix: string;
  readonly description?: string | undefined;
  readonly appliedFor: readonly ecr.RCTAppliedFor[];
  readonly mutability: TagMutability;
  readonly encryption: Encryption;
  readonly resourceTags: readonly Tag[];
  /** As it was given. */
  readonly repositoryPolicy?: string | undefined;
  /** The same as a repository's row keeps it: users and roles by the ids that they had when it was given. */
  readonly keptPolicy?: string | undefined;
  /** As it was given. */
  readonly lifecyclePolicy?: string | undefined;
  /** The role to create repositories as; the service-linked role of templates when left out. */
  readonly customRoleArn?: Arn | undefined;
}

export interface CreationTemplate extends RegistryScope, CreationTemplateDocument {
  /** Without the slash that is always assumed at its end, or `ROOT`. */
  readonly prefix: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** The members of Create- and UpdateRepositoryCreationTemplate that become the document. */
export type TemplateInput = Omit<ecr.CreateRepositoryCreationTemplateRequest, "prefix" | "appliedFor"> & {
  readonly appliedFor?: readonly ecr.RCTAppliedFor[] | undefined;
};

/** The key of a template: a `/` is always assumed at the end of a prefix (User Guide, "Repository creation templates"). */
export function templateKey(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

/** Reads a row. */
export function templateFrom(row: CreationTemplateRow): CreationTemplate {
  return {
    ...(JSON.parse(row.document) as CreationTemplateDocument),
    account: row.account as AccountId,
    region: row.region as Region,
    prefix: row.prefix,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** A template by its prefix, or `undefined`. */
async function findTemplate(
  rows: Rows,
  registry: RegistryScope,
  prefix: string,
): Promise<CreationTemplate | undefined> {
  const [row] = await templateRows(rows, registry, [templateKey(prefix)]);
  return row && templateFrom(row);
}

/** A template by its prefix. Throws `TemplateNotFoundException`. */
export async function needTemplate(
  rows: Rows,
  registry: RegistryScope,
  prefix: string,
): Promise<CreationTemplate> {
  const template = await findTemplate(rows, registry, prefix);
  if (template !== undefined) return template;
  // The text is ours, after that of repositories: AWS's own is not published.
  throw new Fault(
    "TemplateNotFoundException",
    `The repository creation template with prefix '${prefix}' does not exist in the registry with id '${registry.account}'`,
  );
}

/**
 * The template by which a repository of this name is created: of those for this occasion the one with the longest
 * matching prefix, `ROOT` last; `undefined` when none matches.
 */
export async function templateFor(
  rows: Rows,
  registry: RegistryScope,
  repositoryName: string,
  appliedFor: ecr.RCTAppliedFor,
): Promise<CreationTemplate | undefined> {
  const prefixes = matchingPrefixes(repositoryName);
  const found = (await templateRows(rows, registry, prefixes)).map(templateFrom);
  return found
    .filter((template) => template.appliedFor.includes(appliedFor))
    .sort((one, other) => prefixes.indexOf(one.prefix) - prefixes.indexOf(other.prefix))[0];
}

/** Every prefix whose template a repository could have, best first: `a/b`, `a` and `ROOT` for `a/b/c`. */
export function matchingPrefixes(repositoryName: string): readonly string[] {
  const parts = repositoryName.split("/");
  const folders = parts.slice(1).map((_, i) => parts.slice(0, parts.length - 1 - i).join("/"));
  return [...folders, rootPrefix];
}

async function templateRows(
  rows: Rows,
  { account, region }: RegistryScope,
  prefixes: readonly string[],
): Promise<readonly CreationTemplateRow[]> {
  return await rows
    .tables<CreationTemplateTables>()
    .selectFrom("ecr_creation_template")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("prefix", "in", prefixes)
    .execute();
}

/** Every template of an account, in whichever region. */
export async function templatesOf(rows: Rows, account: AccountId): Promise<readonly CreationTemplate[]> {
  const found = await rows
    .tables<CreationTemplateTables>()
    .selectFrom("ecr_creation_template")
    .selectAll()
    .where("account", "=", account)
    .orderBy("region")
    .orderBy("prefix")
    .execute();
  return found.map(templateFrom);
}

/**
 * What a template shall say: the members that are given, over those it has. An update leaves what it does not name.
 * @throws Fault `InvalidParameterException`, `ValidationException`, `InvalidTagParameterException`,
 * `TooManyTagsException`.
 */
export function readTemplate(
  shownPrefix: string,
  input: TemplateInput,
  registry: RegistryScope,
  current?: CreationTemplateDocument,
): CreationTemplateDocument {
  const filters = input.imageTagMutabilityExclusionFilters;
  const document: CreationTemplateDocument = {
    shownPrefix,
    description: input.description ?? current?.description,
    appliedFor: readOccasions(input.appliedFor ?? current?.appliedFor ?? []),
    mutability:
      current !== undefined && input.imageTagMutability === undefined && filters === undefined
        ? current.mutability
        : readTagMutability(input.imageTagMutability ?? current?.mutability.mode, filters),
    encryption: readTemplateEncryption(input.encryptionConfiguration) ??
      current?.encryption ?? { type: "AES256" },
    resourceTags: input.resourceTags
      ? readTags(
          [],
          input.resourceTags.map(({ Key = "", Value = "" }) => ({ Key, Value })),
        )
      : (current?.resourceTags ?? []),
    repositoryPolicy: given(input.repositoryPolicy, current?.repositoryPolicy),
    lifecyclePolicy: given(input.lifecyclePolicy, current?.lifecyclePolicy),
    customRoleArn: readRoleArn(given(input.customRoleArn, current?.customRoleArn), registry),
  };
  if (document.repositoryPolicy !== undefined) readPolicyText(document.repositoryPolicy, "repository");
  if (document.lifecyclePolicy !== undefined) readLifecyclePolicy(document.lifecyclePolicy);
  const needsRole = document.resourceTags.length > 0 || document.encryption.type !== "AES256";
  if (needsRole && document.customRoleArn === undefined) {
    // User Guide, "Repository creation templates": tags and KMS need a role of the customer. The text is ours.
    throw new Fault(
      "ValidationException",
      "A repository creation template with resource tags or KMS encryption needs customRoleArn",
    );
  }
  return document;
}

/** AWS: an empty text takes a policy or role away; the model gives these members no least length. */
function given<Text extends string>(text: string | undefined, current: Text | undefined): string | undefined {
  if (text === undefined) return current;
  return text === "" ? undefined : text;
}

function readOccasions(occasions: readonly ecr.RCTAppliedFor[]): readonly ecr.RCTAppliedFor[] {
  if (occasions.length === 0) {
    throw invalidParameter("appliedFor", "Member must have length greater than or equal to 1");
  }
  return [...new Set(occasions)];
}

/** AWS: a template names its key by the full ARN, or leaves the choice to ECR. */
function readTemplateEncryption(
  wanted: ecr.EncryptionConfigurationForRepositoryCreationTemplate | undefined,
): Encryption | undefined {
  if (wanted === undefined) return undefined;
  const { encryptionType = "AES256", kmsKey } = wanted;
  if (kmsKey === undefined || kmsKey === "") return { type: encryptionType };
  if (encryptionType === "AES256") {
    throw invalidParameter("kmsKey", "kmsKey must be null when encryptionType is set as AES256");
  }
  return { type: encryptionType, kmsKey };
}

function readRoleArn(text: string | undefined, registry: RegistryScope): Arn | undefined {
  if (text === undefined) return undefined;
  const arn = parseArn(text);
  const own = arn?.service === "iam" && arn.account === registry.account;
  if (!own || !arn.resource.startsWith("role/")) {
    throw invalidParameter("customRoleArn", "must be the ARN of a role in the account of the registry");
  }
  return text as Arn;
}

/** The template as the API answers it. */
export function describeTemplate(template: CreationTemplate): ecr.RepositoryCreationTemplate {
  const { encryption, mutability } = template;
  return {
    prefix: template.shownPrefix,
    description: template.description,
    encryptionConfiguration: { encryptionType: encryption.type, kmsKey: encryption.kmsKey },
    resourceTags: template.resourceTags.map(({ key, value }) => ({ Key: key, Value: value })),
    imageTagMutability: mutability.mode,
    imageTagMutabilityExclusionFilters: mutability.exclusions && [...mutability.exclusions],
    repositoryPolicy: template.repositoryPolicy,
    lifecyclePolicy: template.lifecyclePolicy,
    appliedFor: [...template.appliedFor],
    customRoleArn: template.customRoleArn,
    createdAt: new Date(template.createdAt),
    updatedAt: new Date(template.updatedAt),
  };
}

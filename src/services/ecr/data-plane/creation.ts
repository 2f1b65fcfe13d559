import type * as ecr from "@aws-sdk/client-ecr";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { onRepository, type RepositoryKey, repositoryArn, repositoryOf } from "../arn.ts";
import { type CreationTemplate, templateFor } from "../creation-templates/creation-templates.ts";
import { templateActor, templatePrincipal } from "../creation-templates/role-owner.ts";
import type { EcrDataPlane, RepositoryInput } from "../data-plane.ts";
import { prepareEncryption } from "../encryption/encryption.ts";
import { repositoryNotFound } from "../faults.ts";
import { setLifecyclePolicy } from "../lifecycle/jobs.ts";
import { readLifecyclePolicy } from "../lifecycle/policy.ts";
import type { EcrPorts } from "../ports.ts";
import {
  type Encryption,
  findRepository,
  needRepository,
  type Repository,
} from "../repositories/repository.ts";
import { insertRepository } from "../repositories/repository-creation.ts";
import { tagContext } from "../repositories/tags.ts";

/** A repository, and the template that says what it shall be. */
interface TemplatedInput extends RepositoryInput {
  readonly template: CreationTemplate;
}

interface Prepared {
  readonly encryption: Encryption;
  readonly lifecyclePolicyId: string;
}

/**
 * Creates a repository as a template says, policies included. Only ECR itself calls it, as the template's role, whose
 * policy must allow `ecr:CreateRepository` and, where the template has tags, `ecr:TagResource` (User Guide, "Create a
 * custom policy for repository creation templates"); for a KMS key it needs what any creator does.
 */
const createFromTemplate = ({
  repositoryBlobs,
}: EcrPorts): InternalOperation<TemplatedInput, Prepared, void> => ({
  service: "ecr",
  name: "CreateFromTemplate",
  eventName: "CreateRepository",
  onlyFor: templatePrincipal,
  describe: ({ registryId, repositoryName, template }) => ({
    registryId,
    repositoryName,
    imageTagMutability: template.mutability.mode,
    encryptionConfiguration: {
      encryptionType: template.encryption.type,
      kmsKey: template.encryption.kmsKey,
    },
    tags: template.resourceTags.map(({ key, value }) => ({ key, value })),
  }),
  authorise(input, ctx) {
    const resource = repositoryArn(repositoryOf(input, ctx));
    const { resourceTags } = input.template;
    const context = tagContext(resourceTags);
    return [
      { action: "ecr:CreateRepository", resource, context },
      ...(resourceTags.length > 0 ? [{ action: "ecr:TagResource", resource, context }] : []),
    ];
  },
  async prepare(ctx, input) {
    const { type: encryptionType, kmsKey } = input.template.encryption;
    const key = repositoryOf(input, ctx);
    const encryption = await prepareEncryption(ctx, repositoryBlobs, { encryptionType, kmsKey }, key);
    return { encryption, lifecyclePolicyId: uuid(ctx.random) };
  },
  async commit(tx, ctx, input, { encryption, lifecyclePolicyId }) {
    const key = repositoryOf(input, ctx);
    const { template } = input;
    const document = {
      mutability: template.mutability,
      scanOnPush: false,
      encryption,
      tags: template.resourceTags,
    };
    await insertRepository(tx, key, document, template.keptPolicy, ctx.now);
    if (template.lifecyclePolicy !== undefined) {
      const { text } = readLifecyclePolicy(template.lifecyclePolicy);
      await setLifecyclePolicy(tx, key, text, lifecyclePolicyId);
    }
  },
});

/**
 * Creates a repository by the template for the occasion, as the template's role.
 * @returns whether there was such a template. A repository that somebody made in between is as good.
 */
async function createByTemplate(
  create: ReturnType<typeof createFromTemplate>,
  ctx: PrepareContext,
  key: RepositoryKey,
  appliedFor: ecr.RCTAppliedFor,
): Promise<boolean> {
  const template = await templateFor(ctx.rows, key, key.name, appliedFor);
  if (template === undefined) return false;
  const input: TemplatedInput = { registryId: key.account, repositoryName: key.name, template };
  try {
    await templateActor(ctx, template).invoke(create, input);
  } catch (error) {
    if (!isFault(error, "RepositoryAlreadyExistsException")) throw error;
  }
  return true;
}

/** Made once for the same ports: operations are told apart by identity. */
const made = new WeakMap<EcrPorts, EcrDataPlane["applyCreationTemplate"]>();

/** The caller needs the permission to create the repository; the template's role creates it. */
export function applyCreationTemplate(ports: EcrPorts): EcrDataPlane["applyCreationTemplate"] {
  const known = made.get(ports);
  if (known !== undefined) return known;
  const create = createFromTemplate(ports);
  const operation: EcrDataPlane["applyCreationTemplate"] = {
    service: "ecr",
    name: "ApplyCreationTemplate",
    eventName: "CreateRepository",
    // What is created is recorded as the role's; a refusal is recorded as the caller's.
    unrecorded: true,
    authorise: onRepository("ecr:CreateRepository"),
    prepare: (ctx, input) => createByTemplate(create, ctx, repositoryOf(input, ctx), input.appliedFor),
    async commit(_tx, _ctx, _input, applied) {
      return { applied: applied === true };
    },
  };
  made.set(ports, operation);
  return operation;
}

/**
 * The repository that is pushed to. One that is absent is created where a template for CREATE_ON_PUSH matches and the
 * caller may create it.
 * @throws Fault `RepositoryNotFoundException` when no template matches, `AccessDenied`.
 */
export async function needPushedRepository(
  ports: EcrPorts,
  ctx: PrepareContext,
  key: RepositoryKey,
): Promise<Repository> {
  const repository = await findRepository(ctx.rows, key);
  if (repository !== undefined) return repository;
  if ((await templateFor(ctx.rows, key, key.name, "CREATE_ON_PUSH")) === undefined) {
    throw repositoryNotFound(key);
  }
  const wanted = {
    registryId: key.account,
    repositoryName: key.name,
    appliedFor: "CREATE_ON_PUSH",
  } as const;
  const { applied } = await ctx.forward(templatePrincipal).invoke(applyCreationTemplate(ports), wanted);
  if (!applied) throw repositoryNotFound(key);
  return await needRepository(ctx.rows, key);
}

import type { CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";
import type { RegistryScope } from "./ports.ts";

/** What names a repository everywhere: its registry and its name. */
export interface RepositoryKey extends RegistryScope {
  readonly name: string;
}

/** The registry that a call is about: `registryId`, or the caller's own, in the region of the call. */
export function registryOf(
  input: { readonly registryId?: string | undefined },
  ctx: CallContext,
): RegistryScope {
  return { account: (input.registryId ?? ctx.account) as AccountId, region: ctx.region };
}

/** The repository that a call is about. */
export function repositoryOf(
  input: { readonly registryId?: string | undefined; readonly repositoryName: string },
  ctx: CallContext,
): RepositoryKey {
  return { ...registryOf(input, ctx), name: input.repositoryName };
}

/** `arn:aws:ecr:<region>:<account>:repository/<name>`; the name may be `*` for all of a registry. */
export function repositoryArn(repository: RepositoryKey): Arn {
  return formatArn("ecr", repository.region, repository.account, `repository/${repository.name}`);
}

/** Reads a repository's ARN; `undefined` when it is something else. */
export function parseRepositoryArn(text: string): RepositoryKey | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "ecr" || !arn.resource.startsWith("repository/")) return undefined;
  const name = arn.resource.slice("repository/".length);
  if (!isAccountId(arn.account) || !isRegion(arn.region) || name === "") return undefined;
  return { account: arn.account, region: arn.region, name };
}

type Authorise<Input> = (input: Input, ctx: CallContext) => readonly Authorisation[];

/** Asks for actions on the repository that the input names. */
export function onRepository(
  ...actions: readonly string[]
): Authorise<{ readonly registryId?: string | undefined; readonly repositoryName: string }> {
  return (input, ctx) => {
    const resource = repositoryArn(repositoryOf(input, ctx));
    return actions.map((action) => ({ action, resource }));
  };
}

/** Asks for an action of the registry as a whole, which knows no resource (Service Authorization Reference). */
export function onRegistry(action: string): Authorise<object> {
  return () => [{ action, resource: "*" }];
}

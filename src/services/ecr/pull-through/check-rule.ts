import type * as ecr from "@aws-sdk/client-ecr";
import { parseArn } from "../../../kernel/arn.ts";
import { rootPrefix } from "../creation-templates/creation-templates.ts";
import { invalidParameter } from "../faults.ts";
import type { RegistryScope } from "../ports.ts";
import { unsupportedUpstream } from "./faults.ts";
import type { RuleDocument } from "./rule.ts";
import { knownUpstream, needsSecret, type UpstreamAddress } from "./upstream-registries.ts";

type Input = Pick<
  ecr.CreatePullThroughCacheRuleRequest,
  | "ecrRepositoryPrefix"
  | "upstreamRegistryUrl"
  | "upstreamRegistry"
  | "credentialArn"
  | "customRoleArn"
  | "upstreamRepositoryPrefix"
>;

/**
 * Reads a new rule. The texts about members that do not go together are ours: AWS's are not published.
 * @param allows whether the operator allows a URL that is not on AWS's list.
 * @throws Fault `UnsupportedUpstreamRegistryException`, `InvalidParameterException`.
 */
export function readRule(
  input: Input,
  registry: RegistryScope,
  allows: (url: string) => boolean,
): RuleDocument {
  const { ecrRepositoryPrefix = "", upstreamRegistryUrl = "", credentialArn, customRoleArn } = input;
  const upstream = knownUpstream(upstreamRegistryUrl) ?? allowed(upstreamRegistryUrl, allows);
  if (upstream === undefined || differs(upstream, input.upstreamRegistry)) {
    throw unsupportedUpstream(upstreamRegistryUrl);
  }
  if (ecrRepositoryPrefix === rootPrefix && (input.upstreamRepositoryPrefix ?? rootPrefix) !== rootPrefix) {
    throw invalidParameter(
      "upstreamRepositoryPrefix",
      "can be specified only when ecrRepositoryPrefix is not ROOT",
    );
  }
  const rule: RuleDocument = {
    ecrRepositoryPrefix,
    upstreamRegistryUrl,
    upstreamRegistry: upstream.kind ?? input.upstreamRegistry,
    credentialArn,
    customRoleArn,
    upstreamRepositoryPrefix: input.upstreamRepositoryPrefix ?? rootPrefix,
  };
  checkCredentials(rule, registry);
  return rule;
}

/**
 * Whether a rule has the credentials that its upstream asks for, and no others.
 * @throws Fault `InvalidParameterException`.
 */
export function checkCredentials(rule: RuleDocument, registry: RegistryScope): void {
  const { upstreamRegistryUrl, upstreamRegistry: kind, credentialArn, customRoleArn } = rule;
  const upstream = knownUpstream(upstreamRegistryUrl);
  if (needsSecret(upstream?.kind) && credentialArn === undefined) {
    throw invalidParameter("credentialArn", `must be specified for the upstream registry ${kind}`);
  }
  if (upstream?.registry === undefined) {
    if (customRoleArn !== undefined) {
      throw invalidParameter("customRoleArn", "can be specified only for the upstream registry ecr");
    }
    return;
  }
  if (credentialArn !== undefined) {
    throw invalidParameter("credentialArn", "cannot be specified for the upstream registry ecr");
  }
  const { account, region } = upstream.registry;
  if (account === registry.account && region === registry.region) {
    throw invalidParameter("upstreamRegistryUrl", "must not be the registry of the rule itself");
  }
  if (account !== registry.account && customRoleArn === undefined) {
    throw invalidParameter("customRoleArn", "must be specified for an upstream registry of another account");
  }
  if (customRoleArn !== undefined) checkRoleArn(customRoleArn, registry);
}

/** API Reference, "CreatePullThroughCacheRule": the role is in the account of the registry that is configured. */
function checkRoleArn(text: string, registry: RegistryScope): void {
  const arn = parseArn(text);
  const own = arn?.service === "iam" && arn.account === registry.account && arn.resource.startsWith("role/");
  if (!own) {
    throw invalidParameter("customRoleArn", "must be the ARN of a role in the account of the registry");
  }
}

function allowed(url: string, allows: (url: string) => boolean): UpstreamAddress | undefined {
  return allows(url) ? { kind: undefined } : undefined;
}

/** AWS: the kind may be left out; one that is given must be the URL's. Other registries have none to contradict. */
function differs({ kind }: UpstreamAddress, given: ecr.UpstreamRegistry | undefined): boolean {
  return given !== undefined && kind !== undefined && given !== kind;
}

import type * as ecs from "@aws-sdk/client-ecs";
import type { Fault } from "../../../kernel/fault.ts";
import { capacityProviderArn, parseEcsArn, type Scope } from "../arn.ts";
import { invalidParameter } from "../faults.ts";

/** The capacity providers that every account has (Developer Guide, "Amazon ECS clusters for Fargate"). */
const predefined = ["FARGATE", "FARGATE_SPOT"] as const;

/** A capacity provider that nobody made. */
export type PredefinedProvider = (typeof predefined)[number];

/** Whether a name is that of a predefined provider: its tasks run on Fargate. All others have managed instances. */
export function isPredefined(name: string): name is PredefinedProvider {
  return (predefined as readonly string[]).includes(name);
}

/** The names of the predefined capacity providers, in order. */
export const predefinedProviders: readonly PredefinedProvider[] = predefined;

/** The short name of a provider that a call names by name or ARN. */
export function providerName(named: string): string {
  const arn = parseEcsArn(named);
  return arn?.type === "capacity-provider" ? (arn.path[0] ?? "") : named;
}

/** A predefined capacity provider as it is answered. */
export function describePredefined(scope: Scope, name: PredefinedProvider): ecs.CapacityProvider {
  return {
    capacityProviderArn: capacityProviderArn(scope, name),
    name,
    status: "ACTIVE",
    tags: [],
    type: name,
  };
}

/** AWS: as Terraform users met it (github.com/terraform-aws-modules/terraform-aws-ecs, issue 53). */
export const capacityProviderNotFound = (): Fault =>
  invalidParameter(
    "The specified capacity provider was not found. Specify a valid capacity provider and try again.",
  );

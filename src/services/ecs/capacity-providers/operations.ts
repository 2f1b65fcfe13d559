import type { AnyOperation } from "../../../dispatch/operation.ts";
import { createCapacityProvider } from "./create-capacity-provider.ts";
import { deleteCapacityProvider } from "./delete-capacity-provider.ts";
import { describeCapacityProviders } from "./describe-capacity-providers.ts";
import { updateCapacityProvider } from "./update-capacity-provider.ts";

/** Capacity providers: FARGATE and FARGATE_SPOT, which are always there, and those of managed instances. */
export const capacityProviderOperations = (): readonly AnyOperation[] => [
  createCapacityProvider,
  deleteCapacityProvider,
  describeCapacityProviders,
  updateCapacityProvider,
];

import type { AnyOperation } from "../../../dispatch/operation.ts";
import {
  createCapacityProvider,
  deleteCapacityProvider,
  updateCapacityProvider,
} from "./change-capacity-provider.ts";
import { describeCapacityProviders } from "./describe-capacity-providers.ts";

/** Capacity providers: FARGATE and FARGATE_SPOT, which are always there. */
export const capacityProviderOperations = (): readonly AnyOperation[] => [
  createCapacityProvider,
  deleteCapacityProvider,
  describeCapacityProviders,
  updateCapacityProvider,
];

import type { BlobStore } from "../blobs/types.ts";
import type { EncodedRefusalTable } from "../dispatch/encoded-refusals.ts";
import type { MovableClock } from "../kernel/clock.ts";
import type { Random } from "../kernel/random.ts";
import type { ManagedPolicyCatalogue } from "../services/iam/managed-policy-catalogue.ts";
import type { ServiceLinkedRoleCatalogue } from "../services/iam/service-linked-role-catalogue.ts";
import type { OpenRuntime } from "./containers.ts";

/** What a test may replace. Nothing of it can be reached from outside the process. */
export interface Overrides {
  readonly clock?: MovableClock;
  readonly random?: Random;
  /** Another catalogue of AWS managed policies, e.g. one whose service-linked role lacks an action. */
  readonly managedPolicies?: ManagedPolicyCatalogue;
  readonly serviceLinkedRoles?: ServiceLinkedRoleCatalogue;
  /** Other services, or operations, whose refusals carry an encoded message. */
  readonly encodedRefusals?: EncodedRefusalTable;
  /** Blobs through another store, e.g. one that fails now and then. */
  readonly blobs?: (real: BlobStore) => BlobStore;
  /** What runs the tasks of Fargate, instead of the runtime that the settings name. */
  readonly fargate?: OpenRuntime;
}

import type { RoleOwner } from "../../dispatch/service.ts";
import type { LastUse } from "../../dispatch/trail.ts";
import type { Jobs, Sealer } from "../../store/types.ts";
import type { ManagedPolicyCatalogue } from "./managed-policy-catalogue.ts";
import type { ServiceLinkedRoleCatalogue } from "./service-linked-role-catalogue.ts";

/** What IAM needs of the rest of the house; the composition root hands it over. */
export interface IamPorts {
  readonly managedPolicies: ManagedPolicyCatalogue;
  readonly slrCatalogue: ServiceLinkedRoleCatalogue;
  /** The services that use service-linked roles. A function, because they are made after IAM. */
  readonly roleOwners: () => readonly RoleOwner[];
  readonly lastUse: LastUse;
  /** Unfinished jobs count as use of the service-linked role that they will be done with. */
  readonly jobs: Jobs;
  readonly sealer: Sealer;
}

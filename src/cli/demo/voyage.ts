import type { Carrier } from "./carrier.ts";
import { pushAndPull } from "./chapters/push-and-pull.ts";
import { replicate } from "./chapters/replicate.ts";
import { roleDeletion } from "./chapters/role-deletion.ts";
import { roleIsProtected } from "./chapters/role-is-protected.ts";
import { takePermissionAway } from "./chapters/take-permission-away.ts";
import { whoDidWhat } from "./chapters/who-did-what.ts";
import type { Clients } from "./clients.ts";
import type { Stage } from "./stage.ts";

/** Who and what takes part in the story. */
export interface Cast {
  readonly stage: Stage;
  readonly carrier: Carrier;
  /** The source: an account in its home region. */
  readonly home: Clients;
  /** The same account, another region. */
  readonly abroad: Clients;
  /** Another account, another region. */
  readonly neighbour: Clients;
  readonly endpoint: string;
}

/** The repository of the story. */
export const repository = "team/app";

/** An image pushed in one account and region arrives in another, carried only by its service-linked role. */
export async function playVoyage(cast: Cast): Promise<void> {
  await pushAndPull(cast);
  await replicate(cast);
  await roleIsProtected(cast);
  await takePermissionAway(cast);
  await whoDidWhat(cast);
  await roleDeletion(cast);
}

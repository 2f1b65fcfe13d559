import type { Cast } from "./cast.ts";
import { pushAndPull } from "./chapters/push-and-pull.ts";
import { replicate } from "./chapters/replicate.ts";
import { roleDeletion } from "./chapters/role-deletion.ts";
import { roleIsProtected } from "./chapters/role-is-protected.ts";
import { takePermissionAway } from "./chapters/take-permission-away.ts";
import { whoDidWhat } from "./chapters/who-did-what.ts";

/** An image pushed in one account and region arrives in another, carried only by its service-linked role. */
export async function playVoyage(cast: Cast): Promise<void> {
  await pushAndPull(cast);
  await replicate(cast);
  await roleIsProtected(cast);
  await takePermissionAway(cast);
  await whoDidWhat(cast);
  await roleDeletion(cast);
}

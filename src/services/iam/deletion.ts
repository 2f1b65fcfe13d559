import { Fault } from "../../kernel/fault.ts";
import type { Tx } from "../../store/types.ts";
import { attachedArns } from "./attachments.ts";
import { inlinePolicies } from "./inline-policies.ts";

/** `DeleteConflict`: what must be done before an entity can be deleted, in IAM's words. */
export function mustFirst(what: string): Fault {
  return new Fault("DeleteConflict", `Cannot delete entity, must ${what} first.`);
}

/** Throws `DeleteConflict` when the user, group or role still has policies. */
export async function requireNoPolicies(tx: Tx, entityId: string): Promise<void> {
  if ((await attachedArns(tx, entityId)).length > 0) throw mustFirst("detach all policies");
  if ((await inlinePolicies(tx, entityId)).length > 0) throw mustFirst("delete policies");
}

import type { Authorisation } from "../../dispatch/operation.ts";
import type { Rows } from "../../store/types.ts";
import { kindOf } from "./ids.ts";
import { aboutControls } from "./organization.ts";
import { requireOwnPolicy } from "./policies.ts";
import type { OrganizationRow } from "./store.ts";
import { requireTarget } from "./tree.ts";

/** Makes sure that the id names something with tags. Throws `TargetNotFoundException`, `PolicyNotFoundException`. */
export async function requireTaggable(rows: Rows, organization: OrganizationRow, id: string): Promise<void> {
  if (kindOf(id) === "policy") await requireOwnPolicy(rows, organization.id, id);
  else await requireTarget(rows, organization, id);
}

/** `organizations:PolicyType`, when it is a policy that is tagged. */
export function taggedContext({ ResourceId: id }: { readonly ResourceId: string }): Authorisation["context"] {
  return kindOf(id) === "policy" ? aboutControls() : {};
}

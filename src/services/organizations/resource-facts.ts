import type { ResourceFacts } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import { parseResourceArn } from "./arn.ts";
import { tagsOf } from "./tags.ts";

/** What hangs on a root, a unit, an account or a policy: its tags. There are no resource policies of organizations. */
export async function resourceFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const named = parseResourceArn(arn);
  if (named === undefined) return { policies: [] };
  return { policies: [], tags: await tagsOf(rows, named.organization, named.id) };
}

import type { ResourceFacts } from "../../../dispatch/service.ts";
import type { Rows } from "../../../store/types.ts";
import { tagsOf } from "./tags.ts";

/** What policies need to know of a resource of ECS: its tags. None has a policy of its own. */
export async function taggedFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  return { policies: [], tags: await tagsOf(rows, arn) };
}

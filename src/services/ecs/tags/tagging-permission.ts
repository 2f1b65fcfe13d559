import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import type { Tag } from "../../../kernel/tags.ts";
import { effectiveSetting } from "../settings/account-setting.ts";
import { tagContext } from "./tags.ts";

/**
 * The permission to tag what an operation creates (Developer Guide, "Tagging authorization"): `ecs:TagResource` with
 * `ecs:CreateAction`, unless the account has switched that off (`tagResourceAuthorization`). Nothing without tags.
 * @param resource the ARN of what will be; for one whose id is not known yet, with `*` in its place.
 * @param createAction `CreateCluster`.
 */
export async function taggingPermission(
  ctx: AuthoriseContext,
  resource: string,
  tags: readonly Tag[],
  createAction: string,
): Promise<readonly Authorisation[]> {
  if (tags.length === 0) return [];
  if ((await effectiveSetting(ctx.rows, ctx, ctx.principal, "tagResourceAuthorization")) === "off") return [];
  return [
    {
      action: "ecs:TagResource",
      resource,
      context: { ...tagContext(tags), "ecs:CreateAction": createAction },
    },
  ];
}

import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { invalidParameter } from "../faults.ts";
import { listSecrets as list } from "../list.ts";
import { describeSecret } from "../secret.ts";
import { versionsOf, wireStages } from "../versions.ts";

/** The secrets of the caller's account and region that pass the filters, newest first unless asked otherwise. */
export const listSecrets: ReadOperation<typeof secretsmanager, "ListSecrets"> = {
  name: "ListSecrets",
  authorise: () => [{ action: "secretsmanager:ListSecrets", resource: "*" }],
  async read(ctx, input) {
    if (input.SortBy !== undefined && input.SortBy !== "name" && input.SortBy !== "created-date") {
      throw invalidParameter(`Secrets are not sorted by ${input.SortBy} here: use name or created-date.`);
    }
    const { secrets, next } = await list(ctx.rows, ctx, {
      filters: input.Filters ?? [],
      limit: input.MaxResults ?? 100,
      nextToken: input.NextToken,
      includeDeleted: input.IncludePlannedDeletion ?? false,
      by: input.SortBy === "name" ? "name" : "created-date",
      order: input.SortOrder ?? "desc",
    });
    const SecretList: secretsmanager.SecretListEntry[] = [];
    for (const secret of secrets) {
      const stages = wireStages(await versionsOf(ctx.rows, secret));
      SecretList.push({ ...describeSecret(secret), SecretVersionsToStages: stages });
    }
    return { SecretList, NextToken: next };
  },
};

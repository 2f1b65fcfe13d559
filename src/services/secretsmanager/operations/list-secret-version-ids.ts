import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, readPageToken } from "../../../kernel/page.ts";
import { invalidNextToken } from "../faults.ts";
import { onSecret } from "../on-secret.ts";
import { needSecret } from "../secret.ts";
import { labelsOf, versionsOf } from "../versions.ts";

/** The versions of a secret; those without labels only when they are asked for. */
export const listSecretVersionIds: ReadOperation<typeof secretsmanager, "ListSecretVersionIds"> = {
  name: "ListSecretVersionIds",
  authorise: onSecret("secretsmanager:ListSecretVersionIds"),
  async read(ctx, input) {
    const secret = await needSecret(ctx.rows, ctx, input.SecretId);
    const shown = (await versionsOf(ctx.rows, secret)).filter(
      (version) => input.IncludeDeprecated === true || labelsOf(version).length > 0,
    );
    const limit = input.MaxResults ?? 100;
    const after = readAfter(input.NextToken);
    const rest = shown.slice(shown.findIndex((version) => version.version_id === after) + 1, undefined);
    const page = cutPage(rest.slice(0, limit + 1), limit, (version) => [version.version_id]);
    return {
      ARN: secret.arn,
      Name: secret.name,
      Versions: page.rows.map((version) => ({
        VersionId: version.version_id,
        VersionStages: [...labelsOf(version)],
        CreatedDate: new Date(version.created_at),
        KmsKeyIds: [version.kms_key],
      })),
      NextToken: page.next,
    };
  },
};

function readAfter(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const [after] = readPageToken(token) ?? [];
  if (after === undefined) throw invalidNextToken();
  return after;
}

import type { ResourceFacts } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import { parseSecretArn, splitSuffix } from "./arn.ts";
import { findRow, secretFrom } from "./secret.ts";

/** The resource policy and tags of the secret with an ARN. */
export async function secretFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const key = parseSecretArn(arn);
  const whole = key && splitSuffix(key.name);
  if (key === undefined || whole === undefined) return { policies: [] };
  const row = await findRow(rows, { ...key, name: whole.name });
  if (row === undefined || row.suffix !== whole.suffix) return { policies: [] };
  const { policy, tags, owner } = secretFrom(row);
  // AWS: a tag that nobody writes, by which managed policies know the secrets of a service.
  const owned = owner === undefined ? [] : [{ key: "aws:secretsmanager:owningService", value: owner }];
  return {
    policies: policy === undefined ? [] : [{ name: arn, document: policy }],
    tags: [...tags, ...owned],
  };
}

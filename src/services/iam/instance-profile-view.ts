import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { findInstanceProfile } from "./entities.ts";
import type { IamTables } from "./store.ts";

/** An instance profile as other services see it. */
export interface InstanceProfileView {
  readonly arn: Arn;
  /** `AIPA…`. */
  readonly id: string;
  readonly name: string;
  readonly roleArn?: Arn;
}

/** The instance profile of a name, with the ARN of its role. */
export async function viewInstanceProfile(
  rows: Rows,
  account: AccountId,
  name: string,
): Promise<InstanceProfileView | undefined> {
  const profile = await findInstanceProfile(rows, account, name);
  if (profile === undefined) return undefined;
  const role =
    profile.role_id === null
      ? undefined
      : await rows
          .tables<IamTables>()
          .selectFrom("iam_role")
          .select("arn")
          .where("id", "=", profile.role_id)
          .executeTakeFirst();
  return {
    arn: profile.arn,
    id: profile.id,
    name: profile.name,
    ...(role !== undefined && { roleArn: role.arn }),
  };
}

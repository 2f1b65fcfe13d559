import type { InstanceProfile, Role } from "@aws-sdk/client-iam";
import type { Rows } from "../../store/types.ts";
import { encodedDocument } from "./policy-document.ts";
import type { IamTables, InstanceProfileRow, RoleDocument, RoleRow } from "./store.ts";
import { apiTags, readTags } from "./tags.ts";
import { wholeSeconds } from "./time.ts";
import { withShownTrust } from "./trust-policy.ts";

/** Instance profiles as the API shows them, each with its role. Tags are shown by some operations only. */
export async function apiInstanceProfiles(
  rows: Rows,
  profiles: readonly InstanceProfileRow[],
): Promise<InstanceProfile[]> {
  const roleIds = profiles.flatMap(({ role_id: id }) => (id === null ? [] : [id]));
  const roles =
    roleIds.length === 0
      ? []
      : await rows
          .tables<IamTables>()
          .selectFrom("iam_role")
          .selectAll()
          .where("id", "in", [...new Set(roleIds)])
          .execute();
  const shown = await withShownTrust(rows, roles);
  return profiles.map((profile) => ({
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: wholeSeconds(profile.created_at),
    Roles: shown.filter(({ id }) => id === profile.role_id).map(apiProfileRole),
  }));
}

/** An instance profile as GetInstanceProfile shows it, with its tags. */
export async function apiInstanceProfileDetail(
  rows: Rows,
  profile: InstanceProfileRow,
): Promise<InstanceProfile | undefined> {
  const [shown] = await apiInstanceProfiles(rows, [profile]);
  return shown === undefined ? undefined : { ...shown, Tags: apiTags(readTags(profile.tags)) };
}

/** A role inside a profile. AWS: without description, session duration, boundary and tags. */
function apiProfileRole(role: RoleRow): Role {
  const { trustPolicy } = JSON.parse(role.document) as RoleDocument;
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: wholeSeconds(role.created_at),
    AssumeRolePolicyDocument: encodedDocument(trustPolicy),
  };
}

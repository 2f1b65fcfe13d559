import type { Group } from "@aws-sdk/client-iam";
import type { GroupRow } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** A group as the API shows it. */
export function apiGroup(row: GroupRow): Group {
  return {
    Path: row.path,
    GroupName: row.name,
    GroupId: row.id,
    Arn: row.arn,
    CreateDate: wholeSeconds(row.created_at),
  };
}

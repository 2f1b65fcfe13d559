import type { Migration } from "../../store/types.ts";

/** Lists under a path find their rows by it, however many others the account has. */
export const pathIndexMigration: Migration = {
  name: "iam/007-paths",
  async up(db) {
    for (const table of [
      "iam_user",
      "iam_group",
      "iam_role",
      "iam_instance_profile",
      "iam_server_certificate",
    ]) {
      await db.schema
        .createIndex(`${table}_path`)
        .on(table)
        .columns(["account", "path", "name_key"])
        .execute();
    }
  },
};

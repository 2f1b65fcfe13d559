import { CreateGroupCommand, ListGroupsCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { openDoor, testAccount } from "../../../test/support/iam-door.ts";
import { postgresMissing, postgresUrl } from "../../../test/support/postgres.ts";

const missing = postgresMissing();

describe.each(["SQLite", "PostgreSQL"] as const)("pages under a path on %s", (database) => {
  test.skipIf(database === "PostgreSQL" && missing !== undefined)(
    "are in the order of names, and whole",
    async () => {
      const door = await openDoor(database === "PostgreSQL" ? { url: await postgresUrl() } : {});
      try {
        const root = door.root(testAccount);
        const groups = [
          ["e", "/crew/"],
          ["B", "/crew/night/"],
          ["a", "/"],
          ["d", "/crew/"],
          ["c", "/crews/"],
          ["F", "/crew/"],
        ] as const;
        for (const [GroupName, Path] of groups) await root.send(new CreateGroupCommand({ GroupName, Path }));
        const names: (string | undefined)[][] = [];
        for (let Marker: string | undefined, more = true; more; ) {
          const page = await root.send(new ListGroupsCommand({ PathPrefix: "/crew/", MaxItems: 2, Marker }));
          names.push((page.Groups ?? []).map(({ GroupName }) => GroupName));
          more = page.IsTruncated === true;
          Marker = page.Marker;
        }
        expect(names).toEqual([
          ["B", "d"],
          ["e", "F"],
        ]);
      } finally {
        await door.close();
      }
    },
  );
});

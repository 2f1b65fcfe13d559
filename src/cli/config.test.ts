import { expect, test } from "vitest";
import { shown } from "./config.ts";

test.each<readonly [string, unknown, unknown]>([
  ["port", 4566, 4566],
  ["databaseUrl", "postgresql://roadstead:swordfish@db:5432/x", "postgresql://roadstead:…@db:5432/x"],
  ["databaseUrl", undefined, undefined],
  [
    "blobsUrl",
    "s3://bucket/prefix?endpoint=http://127.0.0.1:5000",
    "s3://bucket/prefix?endpoint=http://127.0.0.1:5000",
  ],
  [
    "bucketFolders",
    [
      ["config", "s3://AKIA1:swordfish@bucket/p"],
      ["other", "/srv/other"],
    ],
    [
      ["config", "s3://AKIA1:…@bucket/p"],
      ["other", "/srv/other"],
    ],
  ],
  ["bootstrapKeys", [{ accessKeyId: "AKIA1", secretAccessKey: "swordfish" }], "1 given"],
  ["adminToken", "swordfish", "given"],
])("%s %j is shown as %j", (name, value, expected) => {
  expect(shown(name, value)).toEqual(expected);
});

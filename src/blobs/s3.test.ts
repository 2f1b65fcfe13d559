import { describe, expect, test } from "vitest";
import { s3Missing, s3Url } from "../../test/support/s3.ts";
import { atRestKey, atRestSuite } from "./at-rest-suite.ts";
import { openBlobs } from "./open.ts";
import { mergePieces } from "./pieces.ts";
import { blobSuite } from "./suite.ts";
import { vaultKeys, vaultSuite } from "./vault-suite.ts";

const missing = s3Missing();

describe.skipIf(missing !== undefined)(
  `blobs in S3${missing === undefined ? "" : ` (SKIPPED: ${missing})`}`,
  () => {
    blobSuite(
      async () => {
        const url = await s3Url();
        const blobs = await openBlobs({ url, dataDir: "/nonexistent" });
        return {
          blobs,
          another: () => openBlobs({ url, dataDir: "/nonexistent" }),
          close: () => blobs.close(),
        };
      },
      { edges: [16 << 20] },
    );

    describe("in a vault", () => {
      blobSuite(
        async () => {
          const url = await s3Url();
          const open = async () =>
            (await openBlobs({ url, dataDir: "/nonexistent" })).vault("some", vaultKeys);
          const blobs = await open();
          return { blobs, another: open, close: () => blobs.close() };
        },
        { edges: [16 << 20] },
      );
    });
    describe("encrypted at rest", () => {
      blobSuite(
        async () => {
          const url = await s3Url();
          const encryption = { key: vaultKeys[0], writes: "encrypted" } as const;
          const open = () => openBlobs({ url, dataDir: "/nonexistent", encryption });
          const blobs = await open();
          return { blobs, another: open, close: () => blobs.close() };
        },
        { edges: [16 << 20] },
      );
    });
    vaultSuite(async () => openBlobs({ url: await s3Url(), dataDir: "/nonexistent" }));
    atRestSuite(async () => {
      const url = await s3Url();
      return (writes) =>
        openBlobs({
          url,
          dataDir: "/nonexistent",
          encryption: writes === "as it came" ? undefined : { key: atRestKey, writes },
        });
    });
  },
);

describe("the parts of a multipart upload", () => {
  const MiB = 1 << 20;
  const rows: readonly (readonly [string, readonly number[], readonly (readonly number[])[]])[] = [
    ["none of nothing", [], []],
    ["one of one piece, however small", [1], [[1]]],
    ["large pieces stay alone", [16 * MiB, 16 * MiB, 3], [[16 * MiB], [16 * MiB], [3]]],
    ["small ones are put together", [MiB, MiB, 3 * MiB, 1], [[MiB, MiB, 3 * MiB], [1]]],
    ["a small one before a large one takes it along", [1, 16 * MiB, 1], [[1, 16 * MiB], [1]]],
  ];
  test.each(rows)("%s", (_, sizes, parts) => {
    const made = mergePieces(sizes.map((size, index) => ({ path: String(index), size })));
    expect(made.map((part) => part.map(({ size }) => size))).toEqual(parts);
  });
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tarOf } from "./tar.ts";

test.each([0, 1, 511, 512, 513, 100_000])("tar unpacks a file of %i bytes", (size) => {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-tar-"));
  try {
    const content = Buffer.alloc(size, "roadstead");
    writeFileSync(join(folder, "a.tar"), tarOf("bin/program", content, 0o755));
    execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
    expect(readFileSync(join(folder, "bin", "program"))).toEqual(content);
    expect(statSync(join(folder, "bin", "program")).mode & 0o777).toBe(0o755);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

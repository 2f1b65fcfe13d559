import { expect, test } from "vitest";
import { partsOf, platformOf } from "../../console/src/ecr/manifest.ts";

test("the layers of a manifest, the manifests of an index, and nothing of what is neither", () => {
  const layer = { digest: "sha256:a", size: 3 };
  const one = { digest: "sha256:b", platform: { os: "linux", architecture: "arm64", variant: "v8" } };
  expect(partsOf(JSON.stringify({ layers: [layer] }))).toEqual({ layers: [layer], manifests: [] });
  expect(partsOf(JSON.stringify({ manifests: [one, null, 1] }))).toEqual({ layers: [], manifests: [one] });
  expect(platformOf(one)).toBe("linux/arm64/v8");
  for (const text of ["", "null", "[]", '{"layers":{}}']) {
    expect(partsOf(text)).toEqual({ layers: [], manifests: [] });
  }
});

import { expect, test } from "vitest";
import { upstreamAddresses } from "./addresses.ts";

const listed = upstreamAddresses({
  upstreams: ["http://10.0.0.7:5000", "registry.example"],
  mirrors: ["docker.io=http://mirror.example:5000"],
});
const any = upstreamAddresses({ upstreams: ["any"], mirrors: [] });
const none = upstreamAddresses({ upstreams: [], mirrors: [] });

test.each([
  ["http://10.0.0.7:5000", true, true, false],
  ["https://10.0.0.7:5000", false, true, false],
  ["http://10.0.0.7:5001", false, true, false],
  ["registry.example", true, true, false],
  ["https://registry.example:443", true, true, false],
  ["registry.example.org", false, true, false],
  ["registry.example/path", false, false, false],
  ["file:///etc/passwd", false, false, false],
])(
  "%s may be named in a rule: %s when listed, %s with any, %s by default",
  (url, whenListed, withAny, usual) => {
    expect([listed.allows(url), any.allows(url), none.allows(url)]).toEqual([whenListed, withAny, usual]);
  },
);

test.each([
  ["http://10.0.0.7:5000/v2/", true],
  ["http://mirror.example:5000/v2/", true],
  ["https://mirror.example:5000/v2/", false],
  ["http://169.254.169.254/latest/meta-data/", false],
])("the operator has named %s: %s", (url, named) => {
  expect(listed.isNamed(new URL(url))).toBe(named);
  expect(any.isNamed(new URL(url))).toBe(false);
});

test("a mirror stands for a registry by either of its names", () => {
  expect(listed.isMirrored("registry-1.docker.io")).toBe(true);
  expect(listed.baseOf("registry-1.docker.io")?.href).toBe("http://mirror.example:5000/");
  expect(listed.baseOf("quay.io")?.href).toBe("https://quay.io/");
});

import { expect, test } from "vitest";
import { parseChallenges } from "./challenge.ts";

test.each([
  ["", []],
  ["Basic", [{ scheme: "basic", parameters: {} }]],
  ['Basic realm="Registry"', [{ scheme: "basic", parameters: { realm: "Registry" } }]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
    [
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:library/alpine:pull",
        },
      },
    ],
  ],
  [
    'Bearer realm="https://r/t", service=plain , error="invalid_token"',
    [{ scheme: "bearer", parameters: { realm: "https://r/t", service: "plain", error: "invalid_token" } }],
  ],
  [
    'Basic realm="a \\"b\\", c", Bearer realm="https://r/t"',
    [
      { scheme: "basic", parameters: { realm: 'a "b", c' } },
      { scheme: "bearer", parameters: { realm: "https://r/t" } },
    ],
  ],
  ["BEARER Realm=https://r/t", [{ scheme: "bearer", parameters: { realm: "https://r/t" } }]],
  ['Bearer realm="unterminated', [{ scheme: "bearer", parameters: {} }]],
])("%s", (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});

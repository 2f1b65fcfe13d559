import { expect, test } from "vitest";
import { upstreamName } from "./rule.ts";
import { knownUpstream } from "./upstream-registries.ts";

test.each([
  ["quay", "ROOT", "quay/team/app", "team/app"],
  ["quay", "team", "quay/app", "team/app"],
  ["quay", "team/", "quay/app", "team/app"],
  ["far/quay", "ROOT", "far/quay/app", "app"],
  ["ROOT", "ROOT", "team/app", "team/app"],
])("prefix %s, upstream prefix %s: %s is %s upstream", (prefix, upstreamRepositoryPrefix, name, expected) => {
  expect(upstreamName({ prefix, upstreamRepositoryPrefix }, name)).toBe(expected);
});

test.each([
  ["public.ecr.aws", "ecr-public"],
  ["quay.io", "quay"],
  ["registry.k8s.io", "k8s"],
  ["registry-1.docker.io", "docker-hub"],
  ["ghcr.io", "github-container-registry"],
  ["harbour.azurecr.io", "azure-container-registry"],
  ["registry.gitlab.com", "gitlab-container-registry"],
  ["cgr.dev", "chainguard"],
  ["111111111111.dkr.ecr.eu-west-1.amazonaws.com", "ecr"],
  ["111111111111.dkr.ecr.nowhere-9.amazonaws.com", undefined],
  ["docker.io", undefined],
  ["quay.io.example", undefined],
  ["https://quay.io", undefined],
  ["evil.example/quay.io", undefined],
])("%s is %s", (url, kind) => {
  expect(knownUpstream(url)?.kind).toBe(kind);
});

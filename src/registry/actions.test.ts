import { describe, expect, test } from "vitest";
import type { AuthoriseContext } from "../dispatch/context.ts";
import { defaultAccount } from "../kernel/account.ts";
import { createDataPlane } from "../services/ecr/data-plane.ts";
import type { EcrPorts } from "../services/ecr/ports.ts";
import { type ActionRow, registryActions } from "./actions.ts";
import { routes } from "./handler.ts";

test("every route has its ECR actions, and no row is without a route", () => {
  const served = Object.entries(routes).flatMap(([kind, methods]) =>
    Object.keys(methods).map((method) => `${method} ${kind}`),
  );
  expect(new Set(registryActions.map(({ method, kind }) => `${method} ${kind}`))).toEqual(new Set(served));
});

describe("what a request asks of IAM is what its row says", () => {
  // Naming permissions is pure: nothing of the ports is touched.
  const operations = createDataPlane({} as EcrPorts);
  const ctx = { account: "111111111111", region: "eu-west-1" } as AuthoriseContext;
  const repository = (name: string) => `arn:aws:ecr:eu-west-1:${defaultAccount}:repository/${name}`;

  test.each<[string, ActionRow]>(
    registryActions.map((row) => [`${row.method} ${row.kind} ${row.when ?? ""}`, row]),
  )("%s", async (_, row) => {
    const { authorise } = operations[row.operation];
    const input = { registryId: defaultAccount, repositoryName: "team/app", from: "team/base" };
    const wanted = await authorise(input as never, ctx);
    const pairs = wanted.map(({ action, resource }) => `${action} on ${resource}`);
    const expected = [
      ...row.actions.map((action) => `${action} on ${repository("team/app")}`),
      ...(row.sourceActions ?? []).map((action) => `${action} on ${repository("team/base")}`),
    ];
    expect(new Set(pairs)).toEqual(new Set(expected));
  });
});

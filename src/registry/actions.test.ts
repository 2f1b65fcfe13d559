import { expect, test } from "vitest";
import { registryActions } from "./actions.ts";
import { routes } from "./handler.ts";

test("every route has its ECR actions, and no row is without a route", () => {
  const served = Object.entries(routes).flatMap(([kind, methods]) =>
    Object.keys(methods).map((method) => `${method} ${kind}`),
  );
  // AWS: a layer cannot be deleted, so nobody is asked for permission to.
  const decided = served.filter((route) => route !== "DELETE blob");
  expect(new Set(registryActions.map(({ method, kind }) => `${method} ${kind}`))).toEqual(new Set(decided));
});

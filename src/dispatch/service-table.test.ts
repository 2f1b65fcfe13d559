import * as ecr from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import type { AnyOperation, InternalOperation } from "./operation.ts";
import type { Service } from "./service.ts";
import { createServiceTable } from "./service-table.ts";

const read = (name: string): AnyOperation => ({ name, authorise: () => [], read: async () => ({}) });
const service = (operations: Record<string, AnyOperation>, signingName = "ecr"): Service => ({
  signingName,
  eventSource: "ecr.amazonaws.com",
  module: ecr,
  operations,
});
const internal = (of: string): InternalOperation<object, never, object> => ({
  service: of,
  name: "Internal",
  authorise: () => [],
  read: async () => ({}),
});

describe("the table of services", () => {
  test("finds a service by its scope and its namespace, and its operations by name", () => {
    const listed = service({ ListImages: read("ListImages") });
    const table = createServiceTable([listed]);
    expect(table.bySigningName("ecr")?.service).toBe(listed);
    expect(table.byNamespace("com.amazonaws.ecr")?.service).toBe(listed);
    expect(table.bySigningName("ECR")).toBeUndefined();
    expect(table.operation(listed, "ListImages")).toMatchObject({ name: "ListImages", readOnly: true });
    for (const name of ["DescribeImages", "listImages", "toString", "__proto__"]) {
      expect(table.operation(listed, name)).toBeUndefined();
    }
  });

  test("refuses what the service's contract does not have", () => {
    const strange = service({ PutImages: read("PutImages") });
    expect(() => createServiceTable([strange]).operation(strange, "PutImages")).toThrow(
      "service ecr: no operation PutImages in its contract",
    );
    const other = service({}, "ecs");
    expect(() => createServiceTable([other]).bySigningName("ecs")?.contract).toThrow(
      "service ecs: the contract signs as ecr",
    );
  });

  test.each([
    ["is served", { operations: { ListImages: read("ListImages") }, refused: { ListImages: "no." } }],
    ["the contract does not have", { operations: {}, refused: { ListPictures: "no." } }],
  ])("refuses a service that refuses what %s", (_what, parts) => {
    const refusing = { ...service({}), ...parts };
    const asked = () => createServiceTable([refusing]).operation(refusing, "ListImages");
    expect(asked).toThrow(/cannot be refused$/);
  });

  test("knows an internal operation by itself, and which service it is of", () => {
    const table = createServiceTable([service({})]);
    const one = internal("ecr");
    expect(table.internal(one)).toBe(table.internal(one));
    expect(table.internal(internal("ecr"))).not.toBe(table.internal(one));
    expect(table.internal(one)).toMatchObject({ name: "Internal", readOnly: true });
    expect(() => table.internal(internal("ecs"))).toThrow("internal operation Internal: no service ecs");
  });
});

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compilePolicy } from "../../authz/parse/compile.ts";
import { openManagedPolicies, withDocument } from "./managed-policy-catalogue.ts";

const catalogue = openManagedPolicies(fileURLToPath(new URL("../../../data", import.meta.url)));

describe("the AWS managed policies", () => {
  test("are all there, in the order of their names, each with a document that decides", () => {
    const all = [...catalogue.list()];
    expect(all.length).toBe(1569);
    const names = all.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    for (const { arn, path, name, id, defaultVersion } of all) {
      expect(arn).toBe(`arn:aws:iam::aws:policy${path}${name}`);
      expect(id).toMatch(/^ANPA[A-Z0-9]{17}$/);
      expect(defaultVersion).toMatch(/^v\d+$/);
      const { statements } = compilePolicy(catalogue.get(arn)?.document ?? "");
      expect(statements.length, name).toBeGreaterThan(0);
    }
  });

  test("one has the facts that GetPolicy answers", () => {
    expect(catalogue.get("arn:aws:iam::aws:policy/AdministratorAccess")).toEqual({
      arn: "arn:aws:iam::aws:policy/AdministratorAccess",
      name: "AdministratorAccess",
      path: "/",
      id: "ANPAIWMBCKSKIEE64ZLYK",
      defaultVersion: "v1",
      createdAt: Date.parse("2015-02-06T18:39:46Z"),
      updatedAt: Date.parse("2015-02-06T18:39:46Z"),
      attachable: true,
      document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    });
  });

  test("that do not exist are undefined", () => {
    expect(catalogue.get("arn:aws:iam::aws:policy/NoSuchPolicy")).toBeUndefined();
    expect(catalogue.get("arn:aws:iam::123456789012:policy/AdministratorAccess")).toBeUndefined();
  });

  test("can be handed on with one document replaced", () => {
    const arn = "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy";
    const changed = withDocument(catalogue, arn, '{"Version":"2012-10-17","Statement":[]}');
    expect(changed.get(arn)?.document).toBe('{"Version":"2012-10-17","Statement":[]}');
    expect(changed.get(arn)?.name).toBe("ECRReplicationServiceRolePolicy");
    expect(changed.get("arn:aws:iam::aws:policy/ReadOnlyAccess")).toEqual(
      catalogue.get("arn:aws:iam::aws:policy/ReadOnlyAccess"),
    );
    expect(catalogue.get(arn)?.document).toContain("ecr:ReplicateImage");
    expect(() => withDocument(catalogue, "arn:aws:iam::aws:policy/NoSuchPolicy", "{}")).toThrow();
  });
});

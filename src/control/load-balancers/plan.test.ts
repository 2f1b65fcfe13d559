import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FoundInterface, planInterfaces } from "./plan.ts";

const subnet = (id: string) => ({ subnetId: id, zone: `${id}-zone` });
const found = (id: string, subnetId: string, more: Partial<FoundInterface> = {}): FoundInterface => ({
  ...{ id, subnetId, vpcId: "vpc-1", zone: `${subnetId}-zone`, privateIpAddress: "10.0.0.9" },
  ...{ securityGroups: ["sg-1"], attachmentId: "eni-attach-1" },
  ...more,
});

describe("the interfaces of a load balancer", () => {
  const wanted = { subnets: [subnet("a"), subnet("b")], securityGroups: ["sg-1"] };
  const nothing = { make: [], attach: [], regroup: [], remove: [] };

  test("are made where there are none", () => {
    expect(planInterfaces(wanted, [])).toEqual({ ...nothing, make: wanted.subnets });
  });
  test("are left as they are", () => {
    expect(planInterfaces(wanted, [found("1", "a"), found("2", "b")])).toEqual(nothing);
  });
  test("are attached when making them was interrupted", () => {
    const { attachmentId: _none, ...loose } = found("2", "b");
    expect(planInterfaces(wanted, [found("1", "a"), loose])).toEqual({ ...nothing, attach: [loose] });
  });
  test("get the groups that the load balancer has now", () => {
    const other = found("1", "a", { securityGroups: ["sg-2"] });
    expect(planInterfaces(wanted, [other, found("2", "b")])).toEqual({ ...nothing, regroup: [other] });
  });
  test("are removed where the load balancer is no more, all of them when it is gone", () => {
    const all = [found("1", "a"), found("3", "c")];
    expect(planInterfaces(wanted, all)).toEqual({
      ...nothing,
      make: [subnet("b")],
      remove: [found("3", "c")],
    });
    expect(planInterfaces(undefined, all)).toEqual({ ...nothing, remove: all });
  });

  test("are one in each wanted subnet and none elsewhere, once the steps are taken", () => {
    const letters = fc.constantFrom("a", "b", "c", "d");
    fc.assert(
      fc.property(fc.uniqueArray(letters), fc.array(letters), (wants, has) => {
        const have = has.map((letter, i) => found(String(i), letter));
        const plan = planInterfaces({ subnets: wants.map(subnet), securityGroups: [] }, have);
        const after = [
          ...have.filter((one) => !plan.remove.includes(one)).map(({ subnetId }) => subnetId),
          ...plan.make.map(({ subnetId }) => subnetId),
        ];
        expect(after.sort()).toEqual([...wants].sort());
      }),
      { numRuns: 200, seed: 6 },
    );
  });
});

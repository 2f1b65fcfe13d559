import { describe, expect, test } from "vitest";
import { parseSearch, type Searched } from "./search.ts";
import { MathError } from "./tokens.ts";

const metric = (namespace: string, name: string, dimensions: Readonly<Record<string, string>>): Searched => ({
  namespace,
  name,
  dimensions: Object.entries(dimensions).map(([key, value]) => ({ name: key, value })),
});
const metrics = {
  service: metric("AWS/ECS", "CPUUtilization", { ClusterName: "harbour", ServiceName: "web" }),
  other: metric("AWS/ECS", "CPUUtilization", { ClusterName: "harbour", ServiceName: "old" }),
  cluster: metric("AWS/ECS", "CPUUtilization", { ClusterName: "harbour" }),
  memory: metric("AWS/ECS", "MemoryUtilization", { ClusterName: "harbour", ServiceName: "web" }),
  own: metric("Shop", "Orders", { Region: "north" }),
};

describe("a search", () => {
  test.each([
    ["{AWS/ECS}", "service other cluster memory"],
    ["{AWS/ECS,ClusterName}", "cluster"],
    ["{AWS/ECS,ServiceName,ClusterName}", "service other memory"],
    ['{AWS/ECS,ServiceName,ClusterName} MetricName="CPUUtilization"', "service other"],
    ['{AWS/ECS,ServiceName,ClusterName} MetricName="CPUUtilization" NOT "old"', "service"],
    ["{AWS/ECS} cpu", "service other cluster"],
    ["{AWS/ECS} MetricName=cpu ServiceName=web", "service"],
    ["{AWS/ECS} MetricName=utilization AND (web OR old)", "service other memory"],
    ["{AWS/ECS} ServiceName=(web OR old) MetricName=memory", "memory"],
    ['"Orders"', "own"],
    ['"orders"', ""],
    ["orders", "own"],
    ['Namespace="Shop"', "own"],
    ["NOT utilization", "own"],
  ])("%s finds %s", (text, found) => {
    const search = parseSearch(text);
    const names = Object.entries(metrics).flatMap(([name, one]) => (search.finds(one) ? [name] : []));
    expect(names.join(" ")).toBe(found);
  });

  test.each(["{}", "{AWS/ECS} (cpu", "{AWS/ECS} cpu)", "{AWS/ECS} NOT", "a OR", "x ".repeat(101)])(
    "%j is refused",
    (text) => {
      expect(() => parseSearch(text)).toThrow(MathError);
    },
  );
});

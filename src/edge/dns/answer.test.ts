import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameOfLabels, parseDnsName } from "../../kernel/dns/name.ts";
import { recordTypes } from "../../kernel/dns/rdata.ts";
import type { RecordSet, Routing } from "../../kernel/dns/record-set.ts";
import { answer, type Names } from "./answer.ts";
import { indexNames } from "./name-index.ts";
import { valueText } from "./value-text.ts";
import { compileZone } from "./zone.ts";

const soa = "ns.example. admin.example. 1 7200 900 1209600 60";

const a = (name: string, values: readonly string[], more: Partial<RecordSet> = {}): RecordSet => ({
  name: parseDnsName(name),
  type: "A",
  ttl: 30,
  values,
  ...more,
});

const routed = (identifier: string, value: string, routing: Routing, healthCheck?: string): RecordSet =>
  a("routed.example", [value], {
    setIdentifier: identifier,
    routing,
    ...(healthCheck !== undefined && { healthCheck }),
  });

/** Names of one zone. @param draws what chance says, in order; zero after that. */
function names(
  records: readonly RecordSet[],
  {
    unhealthy = [],
    draws = [],
    region,
  }: { unhealthy?: readonly string[]; draws?: readonly number[]; region?: string } = {},
): Names {
  const zone = compileZone("Z1", "example.", [
    { name: "example.", type: "SOA", ttl: 900, values: [soa] },
    { name: "example.", type: "NS", ttl: 900, values: ["ns.example."] },
    ...records,
  ]);
  const left = [...draws];
  return {
    zoneFor: (name) => (name === "example." || name.endsWith(".example.") ? zone : undefined),
    zoneById: (id) => (id === "Z1" ? zone : undefined),
    named: (name) =>
      name === "lb.us-east-1.elb.localhost."
        ? { addresses: ["10.0.0.5", "fd00::5"], ttl: 60, healthy: !unhealthy.includes("lb") }
        : undefined,
    isHealthy: (id) => !unhealthy.includes(id),
    draw: () => left.shift() ?? 0,
    region,
  };
}

/** What is answered: the code, then the records as text. */
function told(
  name: string,
  type: keyof typeof recordTypes,
  records: readonly RecordSet[],
  how: Parameters<typeof names>[1] = {},
): readonly string[] {
  const { rcode, answers, elsewhere } = answer(
    { name: parseDnsName(name), type: recordTypes[type] },
    names(records, how),
  );
  return [
    rcode,
    ...answers.map((record) => `${record.name} ${valueText(record.type, record.rdata)}`).toSorted(),
    ...(elsewhere === undefined ? [] : [`elsewhere ${elsewhere}`]),
  ];
}

const cname = (name: string, target: string): RecordSet => ({
  name: parseDnsName(name),
  type: "CNAME",
  ttl: 30,
  values: [target],
});

const alias = (name: string, target: string, evaluateHealth = false, zone = "Z1"): RecordSet => ({
  name: parseDnsName(name),
  type: "A",
  alias: { zone, name: parseDnsName(target), evaluateHealth },
});

describe("a question for a name in a zone", () => {
  const records = [
    a("www.example", ["10.0.0.1", "10.0.0.2"]),
    a("*.wild.example", ["10.0.0.3"]),
    a("deep.below.example", ["10.0.0.4"]),
    cname("link.example", "www.example"),
    cname("away.example", "cdn.elsewhere.org"),
    cname("one.example", "two.example"),
    cname("two.example", "one.example"),
    alias("alias.example", "www.example"),
    alias("balanced.example", "lb.us-east-1.elb.localhost", false, "Z35SXDOTRQ7X7K"),
    alias("self.example", "self.example"),
    { name: "child.example.", type: "NS", ttl: 30, values: ["ns.child.example."] } as const,
  ];
  test.each([
    ["www.example", "A", "NOERROR", "www.example. 10.0.0.1", "www.example. 10.0.0.2"],
    ["WWW.Example.", "A", "NOERROR", "www.example. 10.0.0.1", "www.example. 10.0.0.2"],
    ["www.example", "AAAA", "NOERROR"],
    ["none.example", "A", "NXDOMAIN"],
    ["below.example", "A", "NOERROR"],
    ["x.wild.example", "A", "NOERROR", "x.wild.example. 10.0.0.3"],
    ["x.y.wild.example", "A", "NOERROR", "x.y.wild.example. 10.0.0.3"],
    ["wild.example", "A", "NOERROR"],
    ["x.www.example", "A", "NXDOMAIN"],
    [
      "link.example",
      "A",
      "NOERROR",
      "link.example. www.example.",
      "www.example. 10.0.0.1",
      "www.example. 10.0.0.2",
    ],
    ["link.example", "CNAME", "NOERROR", "link.example. www.example."],
    ["away.example", "A", "NOERROR", "away.example. cdn.elsewhere.org.", "elsewhere cdn.elsewhere.org."],
    ["one.example", "A", "SERVFAIL"],
    ["alias.example", "A", "NOERROR", "alias.example. 10.0.0.1", "alias.example. 10.0.0.2"],
    ["balanced.example", "A", "NOERROR", "balanced.example. 10.0.0.5"],
    ["self.example", "A", "NOERROR"],
    ["host.child.example", "A", "NOERROR"],
    ["example", "SOA", "NOERROR", `example. ${soa}`],
    ["other.org", "A", "NOERROR", "elsewhere other.org."],
  ] as const)("%s %s: %s", (name, type, ...expected) => {
    expect(told(name, type, records)).toEqual(expected);
  });

  test("says in its zone's SOA how long it is not there, and who else to ask below a delegation", () => {
    const absent = answer({ name: "none.example.", type: 1 }, names(records));
    expect(absent).toMatchObject({
      authoritative: true,
      authority: [{ name: "example.", type: 6, ttl: 60 }],
    });
    const delegated = answer({ name: "host.child.example.", type: 1 }, names(records));
    expect(delegated).toMatchObject({
      authoritative: false,
      authority: [{ name: "child.example.", type: 2 }],
    });
  });
});

describe("of several record sets", () => {
  const weighted = (weight: number): Routing => ({ kind: "weighted", weight });
  const failover = (role: "PRIMARY" | "SECONDARY"): Routing => ({ kind: "failover", role });
  const latency = (region: string): Routing => ({ kind: "latency", region });
  const heavy = [
    routed("one", "10.0.0.1", weighted(1), "h1"),
    routed("three", "10.0.0.3", weighted(3), "h3"),
    routed("none", "10.0.0.9", weighted(0)),
  ];
  const pair = [
    routed("p", "10.0.0.1", failover("PRIMARY"), "h1"),
    routed("s", "10.0.0.2", failover("SECONDARY"), "h2"),
  ];
  const world = [
    routed("us", "10.0.0.1", latency("us-east-1"), "h1"),
    routed("eu", "10.0.0.2", latency("eu-west-1"), "h2"),
  ];
  const places = [
    routed("de", "10.0.0.1", { kind: "geolocation", location: { CountryCode: "DE" } }),
    routed("rest", "10.0.0.2", { kind: "geolocation", location: { CountryCode: "*" } }),
  ];
  test.each([
    ["weights: the first", heavy, { draws: [0] }, "10.0.0.1"],
    ["weights: the second begins where the first ends", heavy, { draws: [1] }, "10.0.0.3"],
    ["weights: the last of the second", heavy, { draws: [3] }, "10.0.0.3"],
    ["weights: the healthy one", heavy, { unhealthy: ["h1"], draws: [0] }, "10.0.0.3"],
    [
      "weights: without weight when the others are not healthy",
      heavy,
      { unhealthy: ["h1", "h3"] },
      "10.0.0.9",
    ],
    ["failover: the primary", pair, {}, "10.0.0.1"],
    ["failover: the secondary", pair, { unhealthy: ["h1"] }, "10.0.0.2"],
    ["failover: the primary when neither is healthy", pair, { unhealthy: ["h1", "h2"] }, "10.0.0.1"],
    ["latency: one's own region", world, { region: "eu-west-1" }, "10.0.0.2"],
    ["latency: one's own part of the world", world, { region: "eu-north-1" }, "10.0.0.2"],
    ["latency: the healthy one", world, { region: "eu-west-1", unhealthy: ["h2"] }, "10.0.0.1"],
    ["geolocation: the default", places, {}, "10.0.0.2"],
  ] as const)("%s", (_, records, how, expected) => {
    expect(told("routed.example", "A", records, how)).toEqual(["NOERROR", `routed.example. ${expected}`]);
  });

  test("geolocation without a default answers nobody", () => {
    expect(told("routed.example", "A", places.slice(0, 1))).toEqual(["NOERROR"]);
  });

  test("multivalue answers with up to eight that are healthy", () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      routed(`s${i}`, `10.0.0.${i}`, { kind: "multivalue answer" }, `h${i}`),
    );
    const all = Array.from({ length: 12 }, (_, i) => `h${i}`);
    expect(told("routed.example", "A", many)).toHaveLength(1 + 8);
    expect(told("routed.example", "A", many, { unhealthy: all.slice(2) })).toEqual([
      "NOERROR",
      "routed.example. 10.0.0.0",
      "routed.example. 10.0.0.1",
    ]);
    expect(told("routed.example", "A", many, { unhealthy: all })).toHaveLength(1 + 8);
  });

  test("an alias that evaluates its target's health fails over with it", () => {
    const records: readonly RecordSet[] = [
      {
        ...alias("routed.example", "lb.us-east-1.elb.localhost", true, "ZELB"),
        setIdentifier: "p",
        routing: failover("PRIMARY"),
      },
      routed("s", "10.0.0.2", failover("SECONDARY")),
    ];
    expect(told("routed.example", "A", records)).toEqual(["NOERROR", "routed.example. 10.0.0.5"]);
    expect(told("routed.example", "A", records, { unhealthy: ["lb"] })).toEqual([
      "NOERROR",
      "routed.example. 10.0.0.2",
    ]);
  });
});

describe("whatever is in a zone", () => {
  const label = fc.constantFrom("a", "b", "c", "*", "d-e");
  const name = fc
    .array(label, { maxLength: 3 })
    .map((labels) => parseDnsName([...labels, "example"].join(".")));
  const set = fc.oneof(
    name.map((at) => a(at, ["10.0.0.1"])),
    fc.tuple(name, name).map(([from, to]) => cname(from, to)),
    fc.tuple(name, name).map(([from, to]) => alias(from, to, true)),
  );

  test("an answer ends, and has records of the type that was asked for or what leads to them", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(set, { maxLength: 12, selector: (one) => one.name }),
        name,
        (records, asked) => {
          const found = answer({ name: asked, type: 1 }, names(records));
          expect(found.answers.every(({ type }) => type === 1 || type === 5)).toBe(true);
          expect(found.answers.length).toBeLessThanOrEqual(40);
          // A chain has the code of its last name (RFC 6604).
          if (found.rcode === "NXDOMAIN" && found.answers.length === 0)
            expect(records.map((record) => record.name)).not.toContain(asked);
        },
      ),
      { seed: 53, numRuns: 300 },
    );
  });

  test("a private zone is found from its own VPCs only", () => {
    const vpc = fc.constantFrom("vpc-1", "vpc-2", "vpc-3");
    const zones = fc.array(
      fc.record({ name, isPrivate: fc.boolean(), vpcs: fc.uniqueArray(vpc, { maxLength: 2 }) }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(zones, name, fc.option(vpc, { nil: undefined }), (given, asked, vpcId) => {
        const summaries = given.map((one, i) => ({ ...one, id: `Z${i}`, version: 0 }));
        const asker =
          vpcId === undefined
            ? ({ kind: "host" } as const)
            : ({ kind: "vpc", vpcId, region: "us-east-1" } as never);
        const found = indexNames(summaries).find(asked, asker);
        if (found?.isPrivate === true) expect(found.vpcs).toContain(vpcId);
      }),
      { seed: 53, numRuns: 300 },
    );
  });

  test("names have one form, which is kept when it is read again", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 }), (labels) => {
        const canonical = nameOfLabels(labels);
        expect(parseDnsName(canonical)).toBe(canonical);
      }),
      { seed: 53, numRuns: 300 },
    );
  });
});

import type { Change, ResourceRecordSet } from "@aws-sdk/client-route-53";
import { describe, expect, test } from "vitest";
import { applyBatch } from "./change-batch.ts";
import { readChange } from "./read-change.ts";

const zone = { id: "Z1", name: "example." };

const a = (Name: string, value: string, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet => ({
  Name,
  Type: "A",
  TTL: 60,
  ResourceRecords: [{ Value: value }],
  ...more,
});

const weighted = (Name: string, SetIdentifier: string, Weight = 1): ResourceRecordSet =>
  a(Name, "10.0.0.1", { SetIdentifier, Weight });

const cname = (Name: string, value: string): ResourceRecordSet => ({ ...a(Name, value), Type: "CNAME" });

const alias = (Name: string, DNSName: string, HostedZoneId = "Z1"): ResourceRecordSet => ({
  Name,
  Type: "A",
  AliasTarget: { HostedZoneId, DNSName, EvaluateTargetHealth: false },
});

type Given = readonly (readonly [Change["Action"], ResourceRecordSet])[];

const read = (changes: Given) =>
  changes.map(([Action, set]) => readChange({ Action, ResourceRecordSet: set }));

const existing = read([
  ["CREATE", { ...a("example", "ns-1.example."), Type: "NS" }],
  ["CREATE", { ...a("example", "ns-1. admin. 1 2 3 4 5"), Type: "SOA" }],
  ["CREATE", a("www.example", "10.0.0.1")],
  ["CREATE", cname("link.example", "www.example")],
  ["CREATE", weighted("many.example", "one")],
]).map(({ set }) => set);

const apply = (changes: Given) => applyBatch(zone, existing, read(changes));

describe("a batch is refused in AWS's words", () => {
  test.each<[string, Given, string]>([
    [
      "created twice",
      [["CREATE", a("www.example", "10.0.0.2")]],
      "Tried to create resource record set [name='www.example.', type='A'] but it already exists",
    ],
    [
      "created twice with its identifier",
      [["CREATE", weighted("many.example", "one")]],
      "Tried to create resource record set [name='many.example.', type='A', set identifier='one'] but it already exists",
    ],
    [
      "deleted, not there",
      [["DELETE", a("none.example", "10.0.0.2")]],
      "Tried to delete resource record set [name='none.example.', type='A'] but it was not found",
    ],
    [
      "deleted with other values",
      [["DELETE", a("www.example", "10.0.0.2")]],
      "Tried to delete resource record set [name='www.example.', type='A'] but the values provided do not match the current values",
    ],
    [
      "in another zone",
      [["CREATE", a("www.other", "10.0.0.2")]],
      "RRSet with DNS name www.other. is not permitted in zone example.",
    ],
    [
      "a CNAME at the apex",
      [["CREATE", cname("example", "www.example")]],
      "RRSet of type CNAME with DNS name example. is not permitted at apex in zone example.",
    ],
    [
      "beside a CNAME",
      [["CREATE", a("link.example", "10.0.0.1")]],
      "RRSet of type A with DNS name link.example. is not permitted because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone example.",
    ],
    [
      "simple beside weighted",
      [["CREATE", a("many.example", "10.0.0.1")]],
      "RRSet with DNS name many.example., type A cannot be created as other RRSets exist with the same name and type.",
    ],
    [
      "multivalue beside weighted",
      [["CREATE", a("many.example", "10.0.0.1", { SetIdentifier: "x", MultiValueAnswer: true })]],
      "RRSet with DNS name many.example., type A, SetIdentifier x cannot be created because a non multivalue answer rrset exists with the same name and type.",
    ],
    [
      "two of a region",
      [
        ["CREATE", a("l.example", "10.0.0.1", { SetIdentifier: "x", Region: "eu-west-1" })],
        ["CREATE", a("l.example", "10.0.0.1", { SetIdentifier: "y", Region: "eu-west-1" })],
      ],
      "RRSet with DNS name l.example., type A, SetIdentifier x, and Region Name=eu-west-1 cannot be created because a latency RRSet with the same name, type and region already exists.",
    ],
    [
      "no address",
      [["CREATE", a("x.example", "10.0.0")]],
      "Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '10.0.0'",
    ],
    [
      "a text without quotation marks",
      [["CREATE", { ...a("x.example", "bare"), Type: "TXT" }]],
      "Invalid Resource Record: FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'bare'",
    ],
    [
      "a value twice",
      [
        [
          "CREATE",
          a("x.example", "10.0.0.1", { ResourceRecords: [{ Value: "10.0.0.1" }, { Value: "10.0.0.1" }] }),
        ],
      ],
      "Duplicate Resource Record: '10.0.0.1'",
    ],
    [
      "one set twice in a batch",
      [
        ["CREATE", a("x.example", "10.0.0.1")],
        ["UPSERT", a("x.example", "10.0.0.2")],
      ],
      "The request contains an invalid set of changes for a resource record set 'UPSERT A x.example.'",
    ],
    [
      "an alias to what is not there",
      [["CREATE", alias("x.example", "none.example")]],
      "Tried to create an alias that targets none.example., type A in zone Z1, but that target was not found",
    ],
    [
      "an alias out of its zone",
      [["CREATE", alias("x.example", "www.other")]],
      "Tried to create an alias that targets www.other., type A in zone Z1, but the alias target name does not lie within the target zone",
    ],
    [
      "the zone's own records gone",
      [
        ["DELETE", { ...a("example", "ns-1. admin. 1 2 3 4 5"), Type: "SOA" }],
        ["DELETE", { ...a("example", "ns-1.example."), Type: "NS" }],
      ],
      "A HostedZone must contain exactly one SOA record.",
    ],
  ])("%s", (_, changes, problem) => {
    const outcome = apply(changes);
    expect(outcome.problems).toContain(problem);
    expect(outcome).toMatchObject({ put: [], removed: [] });
  });

  test.each<[string, ResourceRecordSet, string]>([
    [
      "neither values nor alias",
      { Name: "x.example", Type: "A" },
      "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name=x.example, Type=A, SetIdentifier=null]",
    ],
    [
      "values and alias",
      { ...a("x.example", "10.0.0.1"), ...alias("x.example", "www.example") },
      "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found more than one in Change with [Action=CREATE, Name=x.example, Type=A, SetIdentifier=null]",
    ],
    [
      "no identifier",
      a("x.example", "10.0.0.1", { Weight: 1 }),
      "Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=x.example, Type=A, SetIdentifier=null]",
    ],
    [
      "an identifier of nothing",
      a("x.example", "10.0.0.1", { SetIdentifier: "x" }),
      "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none in Change with [Action=CREATE, Name=x.example, Type=A, SetIdentifier=x]",
    ],
  ])("as no whole request: %s", (_, set, message) => {
    expect(() => readChange({ Action: "CREATE", ResourceRecordSet: set })).toThrow(
      expect.objectContaining({ code: "InvalidInput", message }),
    );
  });
});

describe("a batch is carried out as a whole", () => {
  test.each<[string, Given, number, number]>([
    [
      "what one change removes is in no other's way",
      [
        ["CREATE", a("link.example", "10.0.0.1")],
        ["DELETE", cname("link.example", "www.example")],
      ],
      1,
      1,
    ],
    [
      "deleted and made anew",
      [
        ["DELETE", a("www.example", "10.0.0.1")],
        ["CREATE", a("www.example", "10.0.0.9")],
      ],
      1,
      0,
    ],
    ["put over what is there", [["UPSERT", a("WWW.example", "10.0.0.9")]], 1, 0],
    [
      "an alias to what the same batch makes",
      [
        ["CREATE", alias("x.example", "y.example")],
        ["CREATE", a("y.example", "10.0.0.1")],
      ],
      2,
      0,
    ],
    [
      "an alias to a load balancer",
      [["CREATE", alias("x.example", "dualstack.lb-1.us-east-1.elb.localhost", "Z35SXDOTRQ7X7K")]],
      1,
      0,
    ],
    [
      "deleted with its values in another order or form",
      [["DELETE", cname("link.example", "WWW.example.")]],
      0,
      1,
    ],
  ])("%s", (_, changes, put, removed) => {
    const outcome = apply(changes);
    expect(outcome.problems).toEqual([]);
    expect([outcome.put.length, outcome.removed.length]).toEqual([put, removed]);
  });
});

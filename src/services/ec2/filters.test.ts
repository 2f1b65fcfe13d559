import { describe, expect, test } from "vitest";
import { type FilterTable, filtered, paged } from "./filters.ts";

interface Ship {
  readonly id: string;
  readonly sails: number;
  readonly crew: readonly string[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}
const ships: readonly Ship[] = [
  { id: "s-1", sails: 2, crew: ["ada"], tags: [{ key: "Port", value: "north*" }] },
  { id: "s-2", sails: 3, crew: ["ada", "bob"], tags: [] },
  { id: "s-3", sails: 2, crew: [], tags: [{ key: "Port", value: "south" }] },
];
const table: FilterTable<Ship> = {
  "ship-id": ({ id }) => id,
  sails: ({ sails }) => sails,
  "crew.name": ({ crew }) => crew,
};

describe("filters", () => {
  test.each<[string, readonly { Name: string; Values: string[] }[], string[]]>([
    ["none at all", [], ["s-1", "s-2", "s-3"]],
    ["one of the values", [{ Name: "ship-id", Values: ["s-3", "s-1"] }], ["s-1", "s-3"]],
    [
      "all of the filters",
      [
        { Name: "sails", Values: ["2"] },
        { Name: "crew.name", Values: ["ada"] },
      ],
      ["s-1"],
    ],
    ["any of what it has several of", [{ Name: "crew.name", Values: ["bob"] }], ["s-2"]],
    ["wildcards", [{ Name: "ship-id", Values: ["s-?"] }], ["s-1", "s-2", "s-3"]],
    ["a wildcard that is meant", [{ Name: "tag:Port", Values: ["north\\*"] }], ["s-1"]],
    ["tags by key", [{ Name: "tag-key", Values: ["Port"] }], ["s-1", "s-3"]],
    ["letters as they are", [{ Name: "tag:port", Values: ["south"] }], []],
    ["no values", [{ Name: "sails", Values: [] }], []],
  ])("%s", (_what, filters, expected) => {
    expect(filtered(ships, filters, table, ({ tags }) => tags).map(({ id }) => id)).toEqual(expected);
  });

  test("many wildcards take no time", () => {
    const long = [{ ...ships[0], id: "a".repeat(5000) } as Ship];
    const Values = [`${"*a".repeat(100)}*b`];
    expect(filtered(long, [{ Name: "ship-id", Values }], table)).toEqual([]);
  });

  test.each(["colour", "tag", "constructor"])("%s is no filter", (Name) => {
    expect(() => filtered(ships, [{ Name, Values: ["x"] }], table)).toThrow(
      `The filter '${Name}' is invalid`,
    );
  });
});

describe("pages", () => {
  const all = Array.from({ length: 12 }, (_, i) => ({ id: `s-${String(i).padStart(2, "0")}` }));

  test("go on where the one before ended", () => {
    const first = paged(all, { MaxResults: 5 });
    const second = paged(all, { MaxResults: 5, NextToken: first.NextToken });
    const third = paged(all, { MaxResults: 5, NextToken: second.NextToken });
    expect([first, second, third].map(({ items }) => items.length)).toEqual([5, 5, 2]);
    expect(third.NextToken).toBeUndefined();
  });

  test.each([
    [{ MaxResults: 4 }, "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5."],
    [{ MaxResults: 1001 }, "Expecting a value less than or equal to 1000."],
    [{ NextToken: "none" }, "The specified NextToken is not valid."],
  ])("%o is refused", (paging, expected) => {
    expect(() => paged(all, paging)).toThrow(expected);
  });

  test("ids that are named are not paged", () => {
    expect(() => paged(all, { MaxResults: 5 }, { named: ["vpcIds", 1] })).toThrow(
      "The parameter vpcIds cannot be used with the parameter maxResults",
    );
  });
});

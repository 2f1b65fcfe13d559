import { describe, expect, test } from "vitest";
import { checkQuery } from "./check.ts";
import { readQuery } from "./query.ts";
import { finished, leading, passed } from "./run.ts";
import { eventRow } from "./values.ts";

const start = Date.UTC(2026, 8, 16, 13, 0, 0);

/** Messages a minute apart, each as an event of one stream. */
const messages = [
  '{"level":"INFO","ms":12,"user":{"name":"ada","ids":[7,8]},"path":"/a"}',
  '{"level":"ERROR","ms":250,"user":{"name":"bob","ids":[9]},"path":"/a"}',
  '{"level":"INFO","ms":31,"user":{"name":"ada","ids":[]},"path":"/b"}',
  "10.0.0.1 GET /index.html took 5 ms",
  "10.0.0.2 POST /form took 95 ms",
  '{"level":"ERROR","ms":420,"path":"/b"}',
];

/** The lines of the answer, each as `column=value`, without pointers. */
async function answer(query: string, most = 100): Promise<string[]> {
  const commands = readQuery(query);
  checkQuery(commands);
  const scope = { now: start };
  const rows = messages.flatMap((message, i) => {
    const position = { timestamp: start + i * 60_000, stream: i < 3 ? "one" : "two", number: 1, index: i };
    const row = eventRow({ position, message, ingestedAt: start }, "1:group", `p${i}`);
    return passed(leading(commands), row, scope) ?? [];
  });
  return (await finished(commands, rows, scope, most)).map((line) =>
    line
      .filter(({ field }) => field !== "@ptr")
      .map(({ field, value }) => `${field}=${value}`)
      .join(" "),
  );
}

describe("queries and what they find", () => {
  test.each<[string, string, string[]]>([
    [
      "fields of JSON, the newest first",
      "fields level, ms | filter ispresent(level) | limit 2",
      ["level=ERROR ms=420", "level=INFO ms=31"],
    ],
    ["times as AWS writes them", "fields @timestamp | limit 1", ["@timestamp=2026-09-16 13:05:00.000"]],
    [
      "what is deep within",
      "fields user.name as who, user.ids.1 as second | filter second = 8",
      ["who=ada second=8"],
    ],
    [
      "comparisons, and, or, not",
      'fields ms | filter (level = "ERROR" and ms > 300) or not (ms >= 20) and ispresent(ms) | sort ms asc',
      ["ms=12", "ms=420"],
    ],
    ["numbers compare as numbers", "fields ms | filter ms < 100 | sort ms desc", ["ms=31", "ms=12"]],
    ["like with a text", 'fields path | filter @message like "bob"', ["path=/a"]],
    [
      "like with an expression",
      "fields @logStream | filter @message like /took \\d{2} ms/",
      ["@logStream=two"],
    ],
    ["not like, in", 'fields ms | filter level in ["ERROR", "WARN"] and path not like "b"', ["ms=250"]],
    [
      "parse by wildcards",
      'parse "* * * took * ms" as address, method, page, took | filter ispresent(took) | display method, took | sort took',
      ["method=GET took=5", "method=POST took=95"],
    ],
    [
      "parse by an expression",
      "parse @message /^(?<address>[\\d.]+) (?<method>\\w+)/ | filter method = 'POST' | display address",
      ["address=10.0.0.2"],
    ],
    ["count of all", "stats count(*)", ["count(*)=6"]],
    [
      "stats by a field",
      "filter ispresent(level) | stats count(*) as n, avg(ms) as mean, max(ms), min(ms) by level | sort level asc",
      ["level=ERROR n=2 mean=335 max(ms)=420 min(ms)=250", "level=INFO n=2 mean=21.5 max(ms)=31 min(ms)=12"],
    ],
    [
      "stats by time",
      "stats count(*) as n by bin(3m) as t | sort t asc",
      ["t=2026-09-16 13:00:00.000 n=3", "t=2026-09-16 13:03:00.000 n=3"],
    ],
    [
      "percentiles, distinct, sums",
      "stats pct(ms, 50), count_distinct(path), sum(ms)",
      ["pct(ms, 50)=31 count_distinct(path)=2 sum(ms)=713"],
    ],
    ["arithmetic of aggregations", "stats sum(ms) / count(ms) as mean", ["mean=178.25"]],
    [
      "the latest of each",
      "dedup path | display path, ms | filter ispresent(path)",
      ["path=/b ms=420", "path=/a ms=250"],
    ],
    [
      "functions",
      "fields strlen(path) as n, toupper(level) as l, concat(path, '!') as c | filter ms = 12",
      ["n=2 l=INFO c=/a!"],
    ],
    ["comments and a bar before", "| fields ms # of the request\n| filter ms = 12", ["ms=12"]],
  ])("%s", async (_what, query, expected) => {
    expect(await answer(query)).toEqual(expected);
  });

  test("an event can be found again by its pointer", async () => {
    const [line] = await finished(
      readQuery("limit 1"),
      [
        eventRow(
          {
            position: { timestamp: start, stream: "s", number: 1, index: 0 },
            message: "m",
            ingestedAt: start,
          },
          "1:g",
          "pointer",
        ),
      ],
      { now: start },
      10,
    );
    expect(line?.at(-1)).toEqual({ field: "@ptr", value: "pointer" });
  });
});

describe("what cannot be read is refused with its place", () => {
  test.each([
    ["an unknown command", "feilds ms", "unknown command feilds at line 1 and position 0"],
    ["an open text", 'filter a = "b', 'a " is not closed at line 1 and position 11'],
    ["no condition", "filter", "the query ends too early at line 1 and position 6"],
    ["a limit too large", "limit 10001", "a limit is a number from 1 to 10000 at line 1 and position 6"],
    ["wildcards without names", 'parse "* *" as a', "2 wildcards for 1 names at line 1 and position 6"],
    ["an unknown function", "fields jump(ms)", "there is no function jump here"],
    ["an aggregation outside of stats", "fields count(*)", "there is no function count here"],
    ["an expression that is none", "filter a like /(/", "the regular expression is not valid"],
    ["depth without end", `filter ${"(".repeat(40)}a${")".repeat(40)}`, "nested too deep"],
    ["nothing", "  ", "the query is empty"],
  ])("%s", (_what, query, expected) => {
    expect(() => checkQuery(readQuery(query))).toThrow(expected);
  });
});

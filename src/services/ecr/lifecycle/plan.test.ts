import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { day } from "../../../kernel/duration.ts";
import { type LifecycleAction, type LifecycleImage, planLifecycle } from "./plan.ts";
import { type LifecyclePolicy, type LifecycleRule, meetsTagRequirement } from "./policy.ts";

const now = 1_000 * day;

function image(digest: string, age: number, change: Partial<LifecycleImage> = {}): LifecycleImage {
  return { digest, tags: [], pushedAt: now - age * day, indexes: [], ...change };
}

function rule(priority: number, change: Partial<LifecycleRule> = {}): LifecycleRule {
  return {
    priority,
    tags: { status: "any" },
    storageClass: "standard",
    limit: { since: "pushed", days: 10 },
    action: "expire",
    ...change,
  };
}

function plan(
  rules: readonly LifecycleRule[],
  images: readonly LifecycleImage[],
): readonly LifecycleAction[] {
  return planLifecycle({ text: "", rules }, images, now);
}

const tagged = (...all: string[]): LifecycleRule["tags"] => ({ status: "tagged", all });

/** What a plan does, in its order: `a:expire(1)`. */
function said(actions: readonly LifecycleAction[]): string {
  return actions.map(({ digest, type, priority }) => `${digest}:${type}(${priority})`).join(" ");
}

describe("what a lifecycle policy asks for", () => {
  const rows: readonly (readonly [string, readonly LifecycleRule[], readonly LifecycleImage[], string])[] = [
    ["older than the days", [rule(1)], [image("a", 11), image("b", 10), image("c", 9)], "a:expire(1)"],
    [
      "more than the count, oldest first",
      [rule(1, { limit: { keep: 1 } })],
      [image("a", 3), image("b", 1), image("c", 2)],
      "a:expire(1) c:expire(1)",
    ],
    [
      "pulled counts, and so does restored",
      [rule(1, { limit: { since: "pulled", days: 10 } })],
      [
        image("never", 11),
        image("lately", 99, { pulledAt: now - day }),
        image("restored", 99, { pulledAt: now - 50 * day, activatedAt: now - 9 * day }),
        image("long-ago", 99, { pulledAt: now - 50 * day }),
      ],
      "never:expire(1) long-ago:expire(1)",
    ],
    [
      "the archive only by its own rules",
      [rule(1), rule(2, { storageClass: "archive", limit: { since: "transitioned", days: 90 } })],
      [
        image("standard", 200),
        image("archived", 200, { archivedAt: now - 91 * day }),
        image("fresh", 200, { archivedAt: now - 89 * day }),
      ],
      "standard:expire(1) archived:expire(2)",
    ],
    [
      "a higher rule shelters what it speaks of",
      [rule(1, { tags: tagged("keep*"), limit: { keep: 5 } }), rule(2)],
      [image("a", 50, { tags: ["keep-1"] }), image("b", 50)],
      "b:expire(2)",
    ],
    [
      "a count sees what a higher rule took",
      [rule(1, { tags: tagged("old*") }), rule(2, { limit: { keep: 2 } })],
      [image("a", 11, { tags: ["old"] }), image("b", 20), image("c", 30)],
      "a:expire(1) c:expire(2)",
    ],
    [
      "an index before its images",
      [rule(1)],
      [image("child", 20, { indexes: ["index"] }), image("index", 20)],
      "index:expire(1) child:expire(1)",
    ],
    [
      "a child of an index that stays, stays",
      [rule(1)],
      [image("child", 20, { indexes: ["index", "old"] }), image("index", 2), image("old", 20)],
      "old:expire(1)",
    ],
    [
      "archived with its index, expired not",
      [rule(1, { tags: tagged("v*"), action: "archive" }), rule(2)],
      [
        image("index", 20, { tags: ["v1"] }),
        image("also", 20, { tags: ["v2"], indexes: ["index"] }),
        image("child", 20, { indexes: ["index"] }),
      ],
      "index:archive(1) also:archive(1)",
    ],
    [
      "references follow their subject",
      [rule(1)],
      [
        image("signature", 1, { subject: "a" }),
        image("a", 20),
        image("sbom", 50, { subject: "b" }),
        image("b", 2),
      ],
      "a:expire(1) signature:expire(1)",
    ],
    [
      "a reference to nothing is an image",
      [rule(1)],
      [image("signature", 20, { subject: "gone" })],
      "signature:expire(1)",
    ],
    [
      "references are not counted",
      [rule(1, { limit: { keep: 1 } })],
      [image("a", 5), image("signature", 1, { subject: "a" })],
      "",
    ],
  ];
  test.each(rows)("%s", (_, rules, images, expected) => {
    expect(said(plan(rules, images))).toBe(expected);
  });

  test("a chain of references as long as a repository is no trouble", () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      image(`r${i}`, 20, i === 0 ? {} : { subject: `r${i - 1}` }),
    ).reverse();
    expect(plan([rule(1)], chain)).toHaveLength(20_000);
  });
});

describe("the rules of evaluation", () => {
  const tags = fc.subarray(["a", "ab", "b", "prod", "v1"]);
  const time = fc.integer({ min: 1, max: 30 });
  const images = fc
    .array(
      fc.record({
        tags,
        age: time,
        pulled: fc.option(time),
        archived: fc.option(time),
        restored: fc.option(time),
      }),
      { maxLength: 14 },
    )
    .chain((drawn) =>
      // Only an earlier one can be an index or subject of a later one: digests form no circle.
      fc
        .tuple(
          ...drawn.map((_, i) => fc.record({ index: fc.option(fc.nat(i)), subject: fc.option(fc.nat(i)) })),
        )
        .map((links) =>
          drawn.map((it, i): LifecycleImage => {
            const { index = null, subject = null } = links[i] ?? {};
            return {
              ...image(`i${i}`, it.age),
              tags: it.tags,
              ...(it.pulled !== null && { pulledAt: now - it.pulled * day }),
              ...(it.archived !== null ? { archivedAt: now - it.archived * day } : {}),
              ...(it.restored !== null && { activatedAt: now - it.restored * day }),
              indexes: index === null || index === i ? [] : [`i${index}`],
              ...(subject !== null && subject !== i && i % 4 === 3 && { subject: `i${subject}` }),
            };
          }),
        ),
    );
  const requirement = fc.oneof(
    fc.constantFrom<LifecycleRule["tags"]>({ status: "any" }, { status: "untagged" }),
    fc.subarray(["a*", "*b", "prod", "*"], { minLength: 1 }).map((all) => tagged(...all)),
  );
  const standardRule = fc.record({
    tags: requirement,
    limit: fc.oneof(
      fc.integer({ min: 1, max: 4 }).map((keep) => ({ keep })),
      fc.record({ since: fc.constantFrom("pushed" as const, "pulled" as const), days: time }),
    ),
    action: fc.constantFrom("expire" as const, "archive" as const),
    storageClass: fc.constant("standard" as const),
  });
  const archiveRule = fc.record({
    tags: requirement,
    limit: fc.record({ since: fc.constant("transitioned" as const), days: time }),
    action: fc.constant("expire" as const),
    storageClass: fc.constant("archive" as const),
  });
  const policies = fc
    .array(fc.oneof({ weight: 3, arbitrary: standardRule }, archiveRule), { minLength: 1, maxLength: 4 })
    .map(
      (rules): LifecyclePolicy => ({
        text: "",
        rules: rules.map((it, i) => ({ ...it, priority: (i + 1) * 10 })),
      }),
    );

  /** Whether a rule speaks of an image. */
  const speaksOf = ({ storageClass, tags }: LifecycleRule, it: LifecycleImage) =>
    storageClass === (it.archivedAt === undefined ? "standard" : "archive") &&
    meetsTagRequirement(tags, it.tags);

  function holds(
    check: (
      policy: LifecyclePolicy,
      images: readonly LifecycleImage[],
      actions: readonly LifecycleAction[],
    ) => void,
  ) {
    fc.assert(
      fc.property(policies, images, (policy, drawn) =>
        check(policy, drawn, planLifecycle(policy, drawn, now)),
      ),
      { seed: 20261122, numRuns: 500 },
    );
  }

  const find = (among: readonly LifecycleImage[], digest: string) => among.find((it) => it.digest === digest);
  const isReference = (it: LifecycleImage, among: readonly LifecycleImage[]) =>
    it.subject !== undefined && find(among, it.subject) !== undefined;

  test("1: rules look at all images, then act by priority: the images' order does not matter", () => {
    holds((policy, drawn, actions) => {
      const other = planLifecycle(policy, [...drawn].reverse(), now);
      const sorted = (list: readonly LifecycleAction[]) => list.map((it) => said([it])).sort();
      expect(sorted(other)).toEqual(sorted(actions));
    });
  });

  test("2: one rule at most acts on an image", () => {
    holds((_, drawn, actions) => {
      expect(new Set(actions.map((it) => it.digest)).size).toBe(actions.length);
      for (const { digest } of actions) expect(find(drawn, digest)).toBeDefined();
    });
  });

  test("3: what a rule speaks of is safe from the rules behind it", () => {
    holds((policy, drawn, actions) => {
      for (const { digest, priority } of actions) {
        const it = find(drawn, digest);
        if (it === undefined || isReference(it, drawn)) continue;
        expect(policy.rules.find((candidate) => speaksOf(candidate, it))?.priority).toBe(priority);
      }
    });
  });

  test("4: counts include what other rules take: a rule's marks do not depend on the rules before it", () => {
    holds((policy, drawn, actions) => {
      for (const { digest, priority } of actions) {
        const it = find(drawn, digest);
        if (it === undefined || isReference(it, drawn) || it.indexes.length > 0) continue;
        const alone = policy.rules.filter((candidate) => candidate.priority === priority);
        expect(
          planLifecycle({ text: "", rules: alone }, drawn, now).map((action) => action.digest),
        ).toContain(digest);
      }
    });
  });

  test("5: a storage class is touched by its own rules alone", () => {
    holds((policy, drawn, actions) => {
      for (const { digest, priority, type } of actions) {
        const it = find(drawn, digest);
        const by = policy.rules.find((candidate) => candidate.priority === priority);
        if (it === undefined || isReference(it, drawn)) continue;
        expect(by?.storageClass).toBe(it.archivedAt === undefined ? "standard" : "archive");
        expect(by?.action).toBe(type);
      }
    });
  });

  test("6: nothing goes before the index that lists it", () => {
    holds((_, drawn, actions) => {
      for (const [at, { digest, type }] of actions.entries()) {
        for (const index of find(drawn, digest)?.indexes ?? []) {
          const parent = find(drawn, index);
          const before = actions.slice(0, at).find((it) => it.digest === index);
          const archivedToo =
            type === "archive" && (before?.type === "archive" || parent?.archivedAt !== undefined);
          expect(before?.type === "expire" || archivedToo).toBe(true);
        }
      }
    });
  });

  test("7: of two images that one count speaks of, the younger never goes and leaves the older", () => {
    holds((policy, drawn, actions) => {
      const gone = new Set(actions.map((it) => it.digest));
      const age = (it: LifecycleImage) => it.activatedAt ?? it.pushedAt;
      for (const counting of policy.rules.filter((it) => "keep" in it.limit)) {
        const spoken = drawn.filter(
          (it) =>
            it.indexes.length === 0 &&
            !isReference(it, drawn) &&
            policy.rules.find((candidate) => speaksOf(candidate, it)) === counting,
        );
        for (const young of spoken.filter((it) => gone.has(it.digest))) {
          for (const old of spoken) if (age(old) < age(young)) expect(gone.has(old.digest)).toBe(true);
        }
      }
    });
  });

  test("8: a reference goes after its subject, with it and never without it", () => {
    holds((_, drawn, actions) => {
      for (const it of drawn.filter(
        (candidate) => isReference(candidate, drawn) && candidate.indexes.length === 0,
      )) {
        const subject = actions.findIndex((action) => action.digest === it.subject);
        const own = actions.findIndex((action) => action.digest === it.digest);
        if (subject < 0) expect(own).toBe(-1);
        else if (actions[subject]?.type === "expire") expect(own).toBeGreaterThan(subject);
      }
    });
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ResourceType } from "../resource-types/resource-type.ts";
import type { Stack, StackResource } from "../stacks/stack.ts";
import { stackScope } from "../template/stack-scope.ts";
import { readTemplate, type Template } from "../template/template.ts";
import { nextPhase } from "./phases.ts";
import { planStack, type StackView, type Step } from "./plan.ts";
import { wantedResources } from "./target.ts";

/**
 * Stacks of resources that exist only in a set here. Laws: what a resource names is there before it and outlives it; a
 * stack that fails leaves exactly what was there before; whatever fails, every stack comes to an end.
 */

const type: ResourceType = {
  type: "T",
  properties: ["name", "fixed", "needs"],
  replacedBy: ["fixed"],
  create: async () => ({ physicalId: "" }),
  update: async () => ({}),
  remove: async () => {},
};

interface Definition {
  readonly fixed: number;
  readonly name: number;
  readonly needs: readonly number[];
}

function templateOf(definitions: readonly (Definition | undefined)[]): Template | undefined {
  const resources = definitions.flatMap((definition, index) =>
    definition === undefined
      ? []
      : [
          [
            `R${index}`,
            {
              Type: "T",
              Properties: {
                ...{ fixed: definition.fixed, name: definition.name },
                needs: definition.needs
                  .filter((need) => need < index && definitions[need] !== undefined)
                  .map((need) => ({ Ref: `R${need}` })),
              },
            },
          ] as const,
        ],
  );
  return resources.length === 0
    ? undefined
    : readTemplate(JSON.stringify({ Resources: Object.fromEntries(resources) }));
}

/** A world without databases: rows, and what is there. */
class World {
  rows: readonly StackResource[] = [];
  readonly there = new Map<string, { readonly logicalId: string; readonly needs: readonly string[] }>();
  #made = 0;
  constructor(readonly fails: (step: Step) => boolean) {}

  run(stack: Stack, wanted: Template | undefined, current: Template | undefined): Stack {
    let now = stack;
    for (let turn = 0; turn < 500; turn++) {
      const rollback = now.status.startsWith("UPDATE_ROLLBACK");
      const away = now.status === "DELETE_IN_PROGRESS" || now.status === "ROLLBACK_IN_PROGRESS";
      const template = away ? undefined : rollback ? current : wanted;
      const view: StackView = {
        ...{ stack: now, resources: this.rows, typeOf: () => type },
        ...(template !== undefined && { target: this.#target(now, template) }),
      };
      const next = planStack(view);
      if ("steps" in next) {
        expect(next.steps.length, "a plan without an end has steps").toBeGreaterThan(0);
        for (const step of next.steps) this.#take(now, step, template);
        continue;
      }
      const { stack: after, done, resources } = nextPhase(now, this.rows, next, 0);
      this.rows = resources;
      now = after;
      if (done) return now;
    }
    throw new Error("the stack never came to an end");
  }

  #target(stack: Stack, template: Template): StackView["target"] {
    const scope = stackScope({
      ...{
        account: stack.account,
        region: stack.region,
        stack,
        template,
        parameters: {},
        exports: new Map(),
      },
      resources: new Map(this.rows.filter(({ slot }) => slot === 0).map((row) => [row.logicalId, row])),
    });
    return { template, scope, wanted: wantedResources(template, scope.condition) };
  }

  #take(stack: Stack, step: Step, template: Template | undefined): void {
    const failed = step.do !== "keep" && this.fails(step);
    if (step.do === "create") {
      const kept = step.instead === undefined ? [] : [{ ...step.instead, slot: stack.generation }];
      const others = this.rows.filter(({ logicalId, slot }) => logicalId !== step.logicalId || slot !== 0);
      const physicalId = failed ? undefined : `p${this.#made++}`;
      const needs = step.properties.needs as readonly string[];
      for (const need of needs)
        expect(this.there.has(need), `${step.logicalId} is made after ${need}`).toBe(true);
      if (physicalId !== undefined) this.there.set(physicalId, { logicalId: step.logicalId, needs });
      const row: StackResource = {
        ...{ stackId: stack.id, logicalId: step.logicalId, slot: 0, type: "T", attributes: {}, updatedAt: 0 },
        ...{ physicalId, generation: stack.generation, properties: step.properties },
        status: failed ? "CREATE_FAILED" : "CREATE_COMPLETE",
        dependsOn: dependsOn(template, step.logicalId),
        ...{ deletionPolicy: "Delete", updateReplacePolicy: "Delete" },
      };
      this.rows = [...others, ...kept, row];
      return;
    }
    if (step.do === "delete") {
      const { physicalId } = step.resource;
      const named = [...this.there.values()].filter(
        ({ needs }) => physicalId !== undefined && needs.includes(physicalId),
      );
      expect(named, "nothing that is named is taken away").toEqual([]);
      if (physicalId !== undefined) this.there.delete(physicalId);
      this.rows = this.rows.filter((row) => row !== step.resource);
      return;
    }
    if (step.do !== "update" && step.do !== "keep") throw new Error(`no ${step.do} is expected here`);
    const { resource } = step;
    const properties = step.do === "update" ? step.properties : resource.properties;
    if (!failed && resource.physicalId !== undefined) {
      this.there.set(resource.physicalId, {
        logicalId: resource.logicalId,
        needs: (properties?.needs ?? []) as readonly string[],
      });
    }
    const settled: StackResource = {
      ...resource,
      generation: stack.generation,
      dependsOn: [...dependsOn(template, resource.logicalId), ...(failed ? resource.dependsOn : [])],
      ...(failed
        ? { status: "UPDATE_FAILED", properties: undefined }
        : { status: "UPDATE_COMPLETE", properties }),
    };
    this.rows = this.rows.map((row) => (row === resource ? settled : row));
  }
}

function dependsOn(template: Template | undefined, logicalId: string): readonly string[] {
  const needs = template?.resources[logicalId]?.Properties?.needs as
    | readonly { readonly Ref: string }[]
    | undefined;
  return (needs ?? []).map(({ Ref }) => Ref);
}

const fresh = {
  ...{ id: "arn:stack", name: "demo", account: "111111111111", region: "us-east-1", createdAt: 0 },
  ...{ capabilities: [], onFailure: "ROLLBACK", terminationProtection: false, notificationArns: [] },
  ...{ outputs: [], retained: [], caller: {} },
} as unknown as Stack;

const definition = fc.record({
  fixed: fc.nat(1),
  name: fc.nat(2),
  needs: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
});
const definitions = fc.array(fc.option(definition, { nil: undefined }), { minLength: 1, maxLength: 5 });

/** What is there, without the names that were given to it. */
function shape(world: World): unknown {
  const names = new Map([...world.there].map(([id, { logicalId }]) => [id, logicalId]));
  return [...world.there.values()]
    .map(({ logicalId, needs }) => `${logicalId} ${needs.map((need) => names.get(need)).join(",")}`)
    .sort();
}

describe("stacks", () => {
  test("are made in order, changed, rolled back to what they were, and removed without a rest", async () => {
    await fc.assert(
      fc.property(
        definitions,
        definitions,
        fc.array(fc.boolean(), { maxLength: 12 }),
        (first, second, fate) => {
          const [one, other] = [templateOf(first), templateOf(second)];
          fc.pre(one !== undefined && other !== undefined);
          let faring = true;
          const falls = [...fate];
          const world = new World(() => !faring && (falls.shift() ?? false));
          const made = world.run({ ...fresh, status: "CREATE_IN_PROGRESS", generation: 1 }, one, undefined);
          expect(made.status).toBe("CREATE_COMPLETE");
          const before = shape(world);

          faring = false;
          const changed = world.run({ ...made, status: "UPDATE_IN_PROGRESS", generation: 2 }, other, one);
          faring = true;
          if (changed.status === "UPDATE_COMPLETE") {
            expect(world.rows.map(({ logicalId }) => logicalId).sort()).toEqual(
              Object.keys(other?.resources ?? {}).sort(),
            );
          } else if (changed.status === "UPDATE_ROLLBACK_COMPLETE") {
            expect(shape(world)).toEqual(before);
          } else {
            expect(changed.status).toBe("UPDATE_ROLLBACK_FAILED");
          }
          expect(world.there.size).toBe(
            world.rows.filter(({ physicalId }) => physicalId !== undefined).length,
          );

          const removed = world.run(
            { ...changed, status: "DELETE_IN_PROGRESS", generation: changed.generation + 1 },
            undefined,
            undefined,
          );
          expect(removed.status).toBe("DELETE_COMPLETE");
          expect([world.there.size, world.rows.length]).toEqual([0, 0]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("that cannot be made leave nothing", async () => {
    await fc.assert(
      fc.property(definitions, fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), (given, fate) => {
        const template = templateOf(given);
        fc.pre(template !== undefined);
        const falls = [...fate];
        const world = new World((step) => step.do === "create" && (falls.shift() ?? false));
        const made = world.run(
          { ...fresh, status: "CREATE_IN_PROGRESS", generation: 1 },
          template,
          undefined,
        );
        if (made.status === "CREATE_COMPLETE") return;
        expect(made.status).toBe("ROLLBACK_COMPLETE");
        expect([world.there.size, world.rows.length]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});

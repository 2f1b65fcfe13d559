import { expect, test } from "vitest";
import { definitionFindings, sentOf } from "../../console/src/ecs/definition-findings.ts";

const container = { name: "app", image: "busybox" };
const good = { family: "crane", containerDefinitions: [container] };
const fargate = { ...good, requiresCompatibilities: ["FARGATE"] };

test.each<readonly [what: string, definition: unknown, messages: readonly string[]]>([
  ["the least", good, []],
  ["Fargate", { ...fargate, networkMode: "awsvpc", cpu: "256", memory: "512" }, []],
  ["no object", [good], ["A task definition is a JSON object."]],
  ["nothing in it", {}, ["family: 1 to 255", "containerDefinitions: at least one"]],
  ["a misspelt member", { ...good, netWorkMode: "awsvpc" }, ["netWorkMode is no member"]],
  ["as it is answered", { ...good, revision: 3 }, ["revision is ECS's to say"]],
  ["a family with a dot", { ...good, family: "a.b" }, ["family: "]],
  ["no image", { ...good, containerDefinitions: [{ name: "app" }] }, ["containerDefinitions[0].image"]],
  [
    "one name twice",
    { ...good, containerDefinitions: [container, container] },
    ["Two containers are called app"],
  ],
  [
    "none essential",
    { ...good, containerDefinitions: [{ ...container, essential: false }] },
    ["At least one"],
  ],
  ["Fargate without its needs", fargate, ["Fargate needs networkMode", "Fargate needs cpu"]],
])("%s", (_what, definition, messages) => {
  const found = definitionFindings(definition).map(({ message }) => message);
  expect(found).toEqual(messages.map((start) => expect.stringContaining(start)));
});

test("what only ECS says is not sent", () => {
  expect(sentOf({ ...good, revision: 3, status: "ACTIVE" })).toEqual(good);
});

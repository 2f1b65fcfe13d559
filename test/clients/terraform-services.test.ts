import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

const account = "444444444444";
const example = terraformExample("terraform-services", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)(
  "Terraform's AWS provider on services",
  { timeout: 300_000 },
  () => {
    let roadstead: TestRoadstead;
    let ecs: ECSClient;
    beforeAll(async () => {
      roadstead = await testRoadstead({ ecsRuntime: "memory", ecsHealthyAfter: 0 });
      ecs = new ECSClient(roadstead.client(account, "eu-west-1"));
    });
    afterAll(async () => {
      ecs?.destroy();
      await roadstead?.stop();
    });

    const terraform = (action: string, ...args: readonly string[]) =>
      example.run(roadstead.url, action, ...args);

    async function tasksOf(serviceName: string) {
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: "main", serviceName }));
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: "main", tasks: taskArns }));
      return tasks;
    }

    test("applies the example, waits until it is steady, and then has nothing to change", async () => {
      const applied = await terraform("apply", "-auto-approve");
      expect(applied.code, applied.text).toBe(0);
      const web = await tasksOf("web");
      expect(web.map(({ lastStatus }) => lastStatus)).toEqual(["RUNNING", "RUNNING"]);
      expect(new Set(web.map(({ availabilityZone }) => availabilityZone)).size).toBe(2);
      const plan = await terraform("plan", "-detailed-exitcode");
      expect(plan.code, plan.text).toBe(0);
    });

    test("a strategy shares the tasks out", async () => {
      const providers = (await tasksOf("spot")).map(({ capacityProviderName }) => capacityProviderName);
      expect(providers.sort()).toEqual(["FARGATE", "FARGATE_SPOT", "FARGATE_SPOT"]);
    });

    test("rolls the service over to another image", async () => {
      const applied = await terraform("apply", "-auto-approve", "-var=image=web:2");
      expect(applied.code, applied.text).toBe(0);
      const { services: [web] = [] } = await ecs.send(
        new DescribeServicesCommand({ cluster: "main", services: ["web"] }),
      );
      expect(web).toMatchObject({ runningCount: 2, deployments: [{ rolloutState: "COMPLETED" }] });
      const images = (await tasksOf("web")).map(({ containers }) => containers?.[0]?.image);
      expect(images).toEqual(["web:2", "web:2"]);
    });

    test("finds what did not start rolled back by the circuit breaker", async () => {
      // The provider waits for a steady state, whichever deployment that is of.
      await terraform("apply", "-auto-approve", "-var=image=missing", "-target=aws_ecs_service.web");
      const { services: [web] = [] } = await ecs.send(
        new DescribeServicesCommand({ cluster: "main", services: ["web"] }),
      );
      expect(web).toMatchObject({ runningCount: 2, deployments: [{ rolloutState: "COMPLETED" }] });
      expect(web?.taskDefinition).toMatch(/\/web:2$/);
      expect(web?.events?.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/^\(service web\) rolling back to deployment ecs-svc\/\d{19}\.$/),
      );
    });

    test("takes everything away", async () => {
      const destroyed = await terraform("destroy", "-auto-approve");
      expect(destroyed.code, destroyed.text).toBe(0);
      const { services } = await ecs
        .send(new DescribeServicesCommand({ cluster: "main", services: ["web"] }))
        .catch(() => ({ services: [] }));
      expect(services?.filter(({ status }) => status === "ACTIVE")).toEqual([]);
    });
  },
);

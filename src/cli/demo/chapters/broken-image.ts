import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { cluster, family, type Harbour, service } from "../harbour.ts";
import { deploymentsOf, newestEvents, steady, until } from "../service-view.ts";
import { registerWeb } from "../web-task.ts";

/** An image that cannot be pulled: the circuit breaker ends the deployment and goes back. */
export async function brokenImage({ stage, home }: Harbour, uri: string): Promise<void> {
  stage.chapter("A broken image is rolled back");
  await registerWeb(home, `${uri}:nowhere`);
  await stage.step(
    `aws ecs update-service --cluster ${cluster} --service ${service} --task-definition ${family}:3`,
    async () => {
      await home.ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: `${family}:3` }));
      return until(home, (found) => steady(found) && found.taskDefinition?.endsWith(`${family}:2`) === true);
    },
    (found) => `${newestEvents(found, 6)}\n${deploymentsOf(found)}`,
  );
  stage.proved("the deployment circuit breaker failed the deployment and brought the old revision back");
}

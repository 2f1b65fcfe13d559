import {
  CreateServiceCommand,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { docker } from "../docker.ts";
import { cluster, family, type Harbour, service } from "../harbour.ts";
import { deploymentsOf, newestEvents, steady, until } from "../service-view.ts";
import { pushWebImage, registerWeb } from "../web-task.ts";

/** A service keeps its tasks, and replaces them within its bounds when it is updated. */
export async function runningService({ stage, home, subnetId }: Harbour, uri: string): Promise<void> {
  stage.chapter("A service: what stops is replaced, what is new rolls in");
  await stage.step(
    `aws ecs create-service --cluster ${cluster} --service-name ${service} --task-definition ${family} --desired-count 3 --launch-type FARGATE`,
    () =>
      home.ecs.send(
        new CreateServiceCommand({
          cluster,
          serviceName: service,
          taskDefinition: family,
          desiredCount: 3,
          launchType: "FARGATE",
          networkConfiguration: { awsvpcConfiguration: { subnets: [subnetId] } },
          deploymentConfiguration: {
            minimumHealthyPercent: 66,
            maximumPercent: 134,
            deploymentCircuitBreaker: { enable: true, rollback: true },
          },
        }),
      ),
    (made) => `${made.service?.serviceArn}\nroleArn ${made.service?.roleArn}`,
  );
  await stage.step(
    "aws ecs wait services-stable",
    () => until(home, steady),
    (found) => newestEvents(found, 3),
  );

  const { taskArns: [victim = ""] = [] } = await home.ecs.send(
    new ListTasksCommand({ cluster, serviceName: service }),
  );
  await stage.step(
    "docker kill <the container of one of its tasks>",
    async () => {
      const filter = `label=com.amazonaws.ecs.task-arn=${victim}`;
      const web = "label=com.amazonaws.ecs.container-name=web";
      const id = await docker(["ps", "--quiet", "--filter", filter, "--filter", web]);
      await docker(["kill", id.trim()]);
      await until(home, ({ runningCount }) => runningCount !== 3);
      return until(home, steady);
    },
    (found) => newestEvents(found, 2),
  );
  const { taskArns: now = [] } = await home.ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
  if (now.length !== 3 || now.includes(victim)) throw new Error("the task was not replaced");
  stage.proved("a killed container: its task stops, another takes its place");

  await stage.step(
    `docker push ${uri}:v2`,
    () => pushWebImage(home, uri, "v2"),
    (digest) => `pushed ${digest}`,
  );
  await registerWeb(home, `${uri}:v2`);
  const counts: number[] = [];
  const pictures: string[] = [];
  await stage.step(
    `aws ecs update-service --cluster ${cluster} --service ${service} --task-definition ${family}:2`,
    async () => {
      await home.ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: `${family}:2` }));
      return until(home, steady, (found) => {
        counts.push(found.runningCount ?? 0);
        const picture = deploymentsOf(found);
        if (pictures.at(-1) !== picture) pictures.push(picture);
      });
    },
    () => pictures.join("\n"),
  );
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (fewest < 2 || most > 4) throw new Error(`between ${fewest} and ${most} tasks ran`);
  stage.proved(`a rolling update: never fewer than ${fewest} of 3 tasks ran, never more than ${most}`);
  const { taskArns: [old = ""] = [] } = await home.ecs.send(
    new ListTasksCommand({ cluster, family, serviceName: service }),
  );
  await home.ecs.send(new StopTaskCommand({ cluster, task: old, reason: "the story goes on" }));
  await until(home, steady);
}

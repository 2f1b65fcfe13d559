import { type ContainerDefinition, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { registryToken } from "./chapters/registry-login.ts";
import type { Clients } from "./clients.ts";
import { docker } from "./docker.ts";
import { family, logGroup } from "./harbour.ts";
import { makeWebImage, webPort } from "./web-image.ts";

/** Makes the web server's image and pushes it. @returns the digest that docker computed. */
export async function pushWebImage(home: Clients, repositoryUri: string, version: string): Promise<string> {
  const host = repositoryUri.slice(0, repositoryUri.indexOf("/"));
  const token = Buffer.from(await registryToken(home), "base64")
    .toString("utf8")
    .slice("AWS:".length);
  const image = `${repositoryUri}:${version}`;
  await makeWebImage(image, version);
  try {
    await docker(["login", "--username", "AWS", "--password-stdin", host], Buffer.from(token));
    return /sha256:[0-9a-f]{64}/.exec(await docker(["push", image]))?.[0] ?? "";
  } finally {
    await docker(["logout", host]).catch(() => undefined);
    await docker(["image", "rm", "--force", image]).catch(() => undefined);
  }
}

/** Registers the next revision of the web server's task definition. @returns its ARN. */
export async function registerWeb(home: Clients, image: string): Promise<string> {
  const role = (name: string): string => `arn:aws:iam::${home.account}:role/${name}`;
  const container: ContainerDefinition = {
    name: "web",
    image,
    portMappings: [{ containerPort: webPort }],
    // The server is the first program of its container and does not end at SIGTERM: the story would wait for KILL.
    stopTimeout: 2,
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": logGroup, "awslogs-region": home.region, "awslogs-stream-prefix": "web" },
    },
  };
  const { taskDefinition } = await home.ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      executionRoleArn: role("demo-execution"),
      taskRoleArn: role("demo-task"),
      containerDefinitions: [container],
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? "";
}

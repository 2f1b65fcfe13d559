import type { RegisterContainerInstanceCommand } from "@aws-sdk/client-ecs";

/**
 * Sends a registration with a token: of several with the same token only the first makes an instance. The Amazon ECS
 * agent's own model of the API has the member, and no public client.
 */
export function withClientToken(
  command: RegisterContainerInstanceCommand,
  clientToken: string,
): RegisterContainerInstanceCommand {
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (typeof request === "object" && request !== null && "body" in request) {
        const sent = request.body instanceof Uint8Array ? Buffer.from(request.body) : request.body;
        const body = JSON.parse(String(sent)) as object;
        request.body = JSON.stringify({ ...body, clientToken });
      }
      return next(args);
    },
    // Before the length is counted and the request is signed.
    { step: "build", priority: "high", name: "clientToken" },
  );
  return command;
}

import { GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import type { Clients } from "../clients.ts";

/** What `docker login` gets: base64 of `AWS:<password>`. */
export async function registryToken(clients: Clients): Promise<string> {
  const { authorizationData } = await clients.ecr.send(new GetAuthorizationTokenCommand({}));
  const token = authorizationData?.[0]?.authorizationToken;
  if (token === undefined) throw new Error("GetAuthorizationToken answered no token");
  return token;
}

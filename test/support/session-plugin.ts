import { ResumeSessionCommand, SSMClient, TerminateSessionCommand } from "@aws-sdk/client-ssm";
import { type SessionAnswer, SessionClient } from "./session-client.ts";
import { SessionPorts } from "./session-ports.ts";

/**
 * Stands for AWS's session-manager-plugin where that is not installed: the AWS CLI starts it with the session, the
 * region, the operation, the profile, the operation's input and the endpoint, and hands it the terminal.
 */
const [session, region, , , , endpoint] = process.argv.slice(2);

if (session === undefined) {
  process.stdout.write(
    "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n",
  );
} else if (session === "--version") process.stdout.write("1.2.0.0\n");
else await run(answerOf(process.env[session] ?? session));

/** ECS writes the members of a session with small letters, Systems Manager with capitals: the plugin takes either. */
function answerOf(text: string): SessionAnswer {
  const members = Object.entries(JSON.parse(text) as Record<string, string>);
  const of = (name: string) => members.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? "";
  return { SessionId: of("SessionId"), StreamUrl: of("StreamUrl"), TokenValue: of("TokenValue") };
}

async function run(answer: SessionAnswer): Promise<void> {
  const ssm = new SSMClient({ region, endpoint });
  let ports: SessionPorts | undefined;
  const client = new SessionClient(answer, {
    onOutput: (bytes) => (ports === undefined ? process.stdout.write(bytes) : ports.hear(bytes)),
    onPortError: () =>
      process.stdout.write("\nConnection to destination port failed, check SSM Agent logs.\n"),
  });
  process.stdout.write(`\nStarting session with SessionId: ${answer.SessionId}\n`);
  await client.open();
  const { type, properties } = client.kind;
  if (type === "Port" && properties.type === "LocalPortForwarding") {
    ports = new SessionPorts(client);
    const port = await ports.listen(Number(properties.localPortNumber ?? 0));
    process.stdout.write(
      `Port ${port} opened for sessionId ${answer.SessionId}.\nWaiting for connections...\n`,
    );
    process.on("SIGINT", () => {
      process.stdout.write("Terminate signal received, exiting.\n");
      client.terminate();
    });
  } else {
    process.stdin.on("data", (bytes: Buffer) => client.type(bytes));
    process.on("SIGINT", () => client.type("\x03"));
  }
  process.on("SIGTERM", () => {
    void ssm.send(new TerminateSessionCommand({ SessionId: answer.SessionId }));
  });
  let over = false;
  const ended = client.closed.then((output) => {
    over = true;
    return output;
  });
  while (!over) {
    await Promise.race([ended, client.disconnected()]);
    if (over) break;
    const { TokenValue } = await ssm.send(new ResumeSessionCommand({ SessionId: answer.SessionId }));
    if (!TokenValue) break;
    await client.open(TokenValue);
  }
  const text = over ? await ended : "";
  process.stdout.write(
    text === ""
      ? `\n\nExiting session with sessionId: ${answer.SessionId}.\n\n`
      : `\n\nSessionId: ${answer.SessionId} : ${text}\n\n`,
  );
  process.exit(0);
}

import packet from "dns-packet";
import { second } from "../../kernel/duration.ts";
import type { ExecContainer } from "../../runtime/exec.ts";

/** AWS: where a VPC's resolver is. */
const resolver = { address: "169.254.169.253", port: 53 } as const;

/** How long it may take to answer; ours. */
const patience = 5 * second;

/** What of a container is needed to know whom a name means there. */
type Asker = Pick<ExecContainer, "connect" | "task">;

/**
 * The address of a host as a container sees it: a name is asked of its VPC's resolver, over a connection from there.
 * Throws what its user is told.
 * @returns IPv4; elsewhere than in a VPC the name itself, which whoever calls looks up.
 */
export async function hostAddress(container: Asker, host: string): Promise<string> {
  const address = isAddress(host) ? host : await lookUp(container, host);
  // AWS: neither instance metadata nor the resolver; ours: nor a task's credentials.
  if (address.startsWith("169.254.")) throw new Error(`Forwarding to IP address ${host} is forbidden.`);
  return address;
}

const isAddress = (host: string): boolean => /^(\d{1,3}\.){3}\d{1,3}$/.test(host);

async function lookUp(container: Asker, name: string): Promise<string> {
  if (container.task.networkMode !== "awsvpc") return name;
  const answer = await asked(container, name);
  const found = answer.answers?.find((record): record is packet.StringAnswer => record.type === "A");
  if (found === undefined) throw new Error(`lookup ${name}: no such host`);
  return found.data;
}

async function asked(container: Asker, name: string): Promise<packet.Packet> {
  const socket = await container.connect(resolver);
  const late = setTimeout(() => socket.destroy(new Error(`lookup ${name}: no answer`)), patience);
  try {
    socket.write(
      packet.streamEncode({
        type: "query",
        id: 1,
        flags: packet.RECURSION_DESIRED,
        questions: [{ type: "A", name }],
      }),
    );
    let came = Buffer.alloc(0);
    for await (const piece of socket) {
      came = Buffer.concat([came, piece as Buffer]);
      if (came.length >= 2 && came.length >= 2 + came.readUInt16BE(0)) return packet.streamDecode(came);
    }
    throw new Error(`lookup ${name}: no answer`);
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

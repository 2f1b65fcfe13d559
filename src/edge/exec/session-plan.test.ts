import { expect, test } from "vitest";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { planSession } from "./session-plan.ts";

const session = { id: "s", account: "111122223333" as AccountId, region: "us-east-1" as Region, target: "t" };

test.each([
  [undefined, {}, { sessionType: "Standard_Stream", work: { command: ["/bin/sh"] } }],
  [
    "AWS-StartInteractiveCommand",
    { command: ["echo 'a b'"] },
    { sessionType: "InteractiveCommands", work: { command: ["echo", "a b"] } },
  ],
  [
    "AWS-StartPortForwardingSession",
    {},
    {
      sessionType: "Port",
      properties: { portNumber: "80", localPortNumber: "0", type: "LocalPortForwarding" },
      work: { port: 80, connections: "many" },
    },
  ],
  [
    "AWS-StartPortForwardingSessionToRemoteHost",
    { host: ["db.internal"], portNumber: ["5432"], localPortNumber: ["15432"] },
    {
      sessionType: "Port",
      properties: { host: "db.internal", portNumber: "5432", localPortNumber: "15432" },
      work: { host: "db.internal", port: 5432, connections: "many" },
    },
  ],
  [
    "AWS-StartSSHSession",
    {},
    { sessionType: "Port", properties: { portNumber: "22" }, work: { port: 22, connections: "one" } },
  ],
])("%s with %j", (documentName, parameters, plan) => {
  expect(planSession({ ...session, ...(documentName && { documentName }), parameters })).toMatchObject(plan);
});

import { expect, test } from "vitest";
import { checkDocument } from "./session-document.ts";

const ports = "AWS-StartPortForwardingSession";
const remote = "AWS-StartPortForwardingSessionToRemoteHost";

test.each([
  [undefined, {}],
  ["AWS-StartInteractiveCommand", { command: ["ls"] }],
  [ports, {}],
  [ports, { portNumber: ["65535"], localPortNumber: ["0"] }],
  [remote, { host: ["db.internal"], portNumber: ["5432"], localPortNumber: ["15432"] }],
  ["AWS-StartSSHSession", { portNumber: ["22"] }],
])("%s takes %j", (name, parameters) => {
  expect(() => checkDocument(name, parameters)).not.toThrow();
});

test.each([
  ["AWS-RunShellScript", {}, "InvalidDocument"],
  ["AWS-StartInteractiveCommand", {}, "InvalidParameters"],
  [ports, { portNumber: ["0"] }, "InvalidParameters"],
  [ports, { portNumber: ["65536"] }, "InvalidParameters"],
  [ports, { portNumber: ["80", "81"] }, "InvalidParameters"],
  [ports, { portNumber: ["80\n"] }, "InvalidParameters"],
  [ports, { host: ["db.internal"] }, "InvalidParameters"],
  [remote, { portNumber: ["80"] }, "InvalidParameters"],
  [remote, { host: ["a b c"] }, "InvalidParameters"],
  [remote, { host: ["$(id)"] }, "InvalidParameters"],
  [remote, { host: ["x".repeat(254)] }, "InvalidParameters"],
])("%s refuses %j", (name, parameters, code) => {
  expect(() => checkDocument(name, parameters)).toThrowError(expect.objectContaining({ code }));
});

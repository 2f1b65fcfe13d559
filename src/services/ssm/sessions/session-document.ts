import { Fault } from "../../../kernel/fault.ts";

/** What a session does, as its document and the parameters given to it say. */
export type Parameters = Readonly<Record<string, readonly string[]>>;

/** A session document that is served, and the parameters that it knows. */
interface SessionDocument {
  readonly parameters: readonly string[];
  readonly required: readonly string[];
  /** What a parameter's value must look like, where the document says so. */
  readonly patterns?: Readonly<Record<string, RegExp>>;
}

/** AWS: the patterns of the documents of ports: a port, one or "0" for any, the name or address of a host. */
const port = /^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;
const portOrAny = new RegExp(`^0$|${port.source}`);
const host = /^[^,$^&()!;'"<>`{}[\]|#=\s]{3,253}$/;

const logging = [
  "cloudWatchLogGroup",
  "cloudWatchEncryptionEnabled",
  "s3BucketName",
  "s3KeyPrefix",
  "s3EncryptionEnabled",
  "kmsKeyId",
];

/** AWS's own documents that make sense in a container; no others can be made here. */
const documents: Readonly<Record<string, SessionDocument>> = {
  "AmazonECS-ExecuteInteractiveCommand": { parameters: ["command", ...logging], required: ["command"] },
  "SSM-SessionManagerRunShell": { parameters: [], required: [] },
  "AWS-StartInteractiveCommand": { parameters: ["command"], required: ["command"] },
  "AWS-StartPortForwardingSession": {
    parameters: ["portNumber", "localPortNumber"],
    required: [],
    patterns: { portNumber: port, localPortNumber: portOrAny },
  },
  "AWS-StartPortForwardingSessionToRemoteHost": {
    parameters: ["host", "portNumber", "localPortNumber"],
    required: ["host"],
    patterns: { host, portNumber: port, localPortNumber: portOrAny },
  },
  "AWS-StartSSHSession": { parameters: ["portNumber"], required: [], patterns: { portNumber: port } },
};

/** The longest value of a parameter, in characters. Ours. */
const longestValue = 4096;

/**
 * Refuses what a session cannot be started with. Throws `InvalidDocument`, `InvalidParameters`; the texts are ours.
 * @param name the shell's document when left out.
 */
export function checkDocument(name = "SSM-SessionManagerRunShell", given: Parameters = {}): void {
  const document = documents[name];
  if (document === undefined)
    throw new Fault("InvalidDocument", `Document with name ${name} does not exist.`);
  for (const [parameter, values] of Object.entries(given)) {
    if (!document.parameters.includes(parameter))
      throw invalid(name, parameter, "is not one of the document");
    if (values.length !== 1) throw invalid(name, parameter, "must have one value");
    if ((values[0] ?? "").length > longestValue) {
      throw invalid(name, parameter, `can not be longer than ${longestValue} characters`);
    }
    const pattern = document.patterns?.[parameter];
    if (pattern !== undefined && !pattern.test(values[0] ?? "")) {
      throw invalid(name, parameter, `must match ${pattern.source}`);
    }
  }
  for (const parameter of document.required) {
    if (!given[parameter]?.[0]?.trim()) throw invalid(name, parameter, "must be given");
  }
}

function invalid(document: string, parameter: string, why: string): Fault {
  return new Fault("InvalidParameters", `Parameter "${parameter.slice(0, 100)}" of ${document} ${why}.`);
}

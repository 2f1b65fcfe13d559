import { Fault } from "../../../kernel/fault.ts";

/** What a session does, as its document and the parameters given to it say. */
export type Parameters = Readonly<Record<string, readonly string[]>>;

/** A session document that is served, and the parameters that it knows. */
interface SessionDocument {
  readonly parameters: readonly string[];
  readonly required: readonly string[];
}

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
  }
  for (const parameter of document.required) {
    if (!given[parameter]?.[0]?.trim()) throw invalid(name, parameter, "must be given");
  }
}

function invalid(document: string, parameter: string, why: string): Fault {
  return new Fault("InvalidParameters", `Parameter "${parameter.slice(0, 100)}" of ${document} ${why}.`);
}

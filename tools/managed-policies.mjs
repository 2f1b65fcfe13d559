// Keeps data/managed-policies: adds policies to it, or replaces those that are there.
//
//   node tools/managed-policies.mjs FILE...
//
// A FILE is JSON with one policy, or .jsonl with one a line, each with the members that GetPolicy and
// GetPolicyVersion answer: PolicyName, Path, DefaultVersionId, UpdateDate and PolicyDocument, and where they are
// known PolicyId, CreateDate and IsAttachable. To add one from an account of yours:
//
//   aws iam get-policy --policy-arn ARN --query Policy > policy.json
//   aws iam get-policy-version --policy-arn ARN --version-id vN --query PolicyVersion.Document > document.json
//   jq -s '.[0] + {PolicyDocument: .[1]}' policy.json document.json > one.json
//   node tools/managed-policies.mjs one.json
//
// The result is two files. `index.json` is small and read whole: an array with a row for each policy, ordered by name,
// [name, path, id, default version, created, updated, attachable, offset, length], the times in epoch seconds.
// `documents.jsonl` has the documents, one a line: offset and length, in bytes, say where each one stands, so that
// one document is read without the others.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../data/managed-policies/", import.meta.url);
const indexFile = new URL("index.json", folder);
const documentsFile = new URL("documents.jsonl", folder);

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node tools/managed-policies.mjs FILE...");
  process.exit(2);
}

const policies = new Map(present().map((policy) => [policy.name, policy]));
const before = policies.size;
for (const file of files) for (const given of read(file)) policies.set(given.PolicyName, policyOf(given));
write([...policies.values()].sort((a, b) => (a.name < b.name ? -1 : 1)));
console.log(`${policies.size} policies, ${policies.size - before} of them new, in ${fileURLToPath(folder)}`);

function present() {
  if (!existsSync(indexFile)) return [];
  const documents = readFileSync(documentsFile);
  return JSON.parse(readFileSync(indexFile, "utf8")).map(
    ([name, path, id, version, created, updated, attachable, offset, length]) => ({
      ...{ name, path, id, version, created, updated, attachable },
      document: documents.toString("utf8", offset, offset + length),
    }),
  );
}

function read(file) {
  const text = readFileSync(file, "utf8");
  if (!file.endsWith(".jsonl")) return [JSON.parse(text)];
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function policyOf(given) {
  for (const member of ["PolicyName", "Path", "DefaultVersionId", "UpdateDate", "PolicyDocument"]) {
    if (given[member] === undefined) throw new Error(`${given.PolicyName ?? "a policy"} has no ${member}`);
  }
  const { PolicyName: name, Path: path } = given;
  return {
    name,
    path,
    id: given.PolicyId ?? inventedId(`arn:aws:iam::aws:policy${path}${name}`),
    version: given.DefaultVersionId,
    created: seconds(given.CreateDate ?? given.UpdateDate),
    updated: seconds(given.UpdateDate),
    attachable: given.IsAttachable ?? true,
    document: JSON.stringify(given.PolicyDocument),
  };
}

/** The id of a policy whose real one is not known: of the right form, and always the same. */
function inventedId(arn) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bytes = createHash("sha256").update(arn).digest().subarray(0, 17);
  return `ANPA${[...bytes].map((byte) => letters[byte & 31]).join("")}`;
}

function seconds(date) {
  const at = Date.parse(date);
  if (Number.isNaN(at)) throw new Error(`not a date: ${date}`);
  return at / 1000;
}

function write(sorted) {
  let offset = 0;
  const rows = sorted.map(({ name, path, id, version, created, updated, attachable, document }) => {
    const length = Buffer.byteLength(document);
    const row = [name, path, id, version, created, updated, attachable, offset, length];
    offset += length + 1;
    return JSON.stringify(row);
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(documentsFile, sorted.map(({ document }) => `${document}\n`).join(""));
  writeFileSync(indexFile, `[\n${rows.join(",\n")}\n]\n`);
}

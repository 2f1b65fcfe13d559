import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { CallContext } from "../../dispatch/context.ts";
import type { Rows, Sealer, Tx } from "../../store/types.ts";
import { type KeyRef, keyArn } from "./arn.ts";
import type { SpecFacts } from "./key-spec.ts";
import type { KmsTables, MaterialRow } from "./store.ts";

const purpose = "kms.material";
const makePair = promisify(generateKeyPair);

/**
 * Makes key material: raw bytes of a symmetric key, or a private key as PKCS #8. RSA keys take their time; so this
 * is work for `prepare`.
 */
export async function makeMaterial(facts: SpecFacts, ctx: CallContext): Promise<Buffer> {
  switch (facts.kind) {
    case "symmetric":
    case "hmac":
      return ctx.random.bytes((facts.bits ?? 256) / 8);
    case "rsa":
      return pkcs8((await makePair("rsa", { modulusLength: facts.bits ?? 2048 })).privateKey);
    case "ec":
      return pkcs8((await makePair("ec", { namedCurve: facts.curve ?? "prime256v1" })).privateKey);
  }
}

function pkcs8(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "pkcs8" });
}

/** Writes a version of a key's material, sealed. */
export async function addMaterial(
  tx: Tx,
  sealer: Sealer,
  key: KeyRef,
  row: Pick<MaterialRow, "version" | "created_at" | "rotation">,
  material: Buffer,
): Promise<void> {
  // INVARIANT: material opens only as the material of its own key and version.
  const sealed = sealer.seal(purpose, `${keyArn(key)} ${row.version} ${material.toString("base64")}`);
  const place = { account: key.account, region: key.region, key_id: key.keyId };
  await tx
    .tables<KmsTables>()
    .insertInto("kms_material")
    .values({ ...place, ...row, material: sealed })
    .execute();
}

/** The versions of a key's material, oldest first. */
export function materialsOf(rows: Rows, key: KeyRef): Promise<MaterialRow[]> {
  return rows
    .tables<KmsTables>()
    .selectFrom("kms_material")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("key_id", "=", key.keyId)
    .orderBy("version")
    .execute();
}

/** Opens a version of a key's material; the newest when none is named. `undefined` when there is no such version. */
export async function openMaterial(
  rows: Rows,
  sealer: Sealer,
  key: KeyRef,
  version?: number,
): Promise<{ readonly version: number; readonly material: Buffer } | undefined> {
  let query = rows
    .tables<KmsTables>()
    .selectFrom("kms_material")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("key_id", "=", key.keyId);
  if (version !== undefined) query = query.where("version", "=", version);
  const row = await query.orderBy("version", "desc").limit(1).executeTakeFirst();
  if (row === undefined) return undefined;
  const [arn, sealedVersion, material] = sealer.open(purpose, row.material)?.split(" ") ?? [];
  if (arn !== keyArn(key) || sealedVersion !== String(row.version) || material === undefined) {
    throw new Error(`the material of ${keyArn(key)} cannot be opened with this key file`);
  }
  return { version: row.version, material: Buffer.from(material, "base64") };
}

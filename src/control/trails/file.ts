import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Delivery } from "../../services/cloudtrail/trails/delivery.ts";

/**
 * The key of a log file ("Finding your CloudTrail log files", CloudTrail User Guide):
 * `<prefix>/AWSLogs/<account>/CloudTrail/<region>/2026/11/22/<account>_CloudTrail_<region>_20261122T1600Z_<16 letters>.json.gz`.
 * The letters follow from what is in it: a delivery that is done again writes the same file.
 */
export function logFileKey({ trail, from, to }: Delivery, region: string, page: number): string {
  const time = new Date(to).toISOString();
  const [date = "", clock = ""] = time.split("T");
  const unique = createHash("sha256")
    .update(`${trail.arn} ${region} ${from} ${page}`)
    .digest("base64")
    .replace(/[+/=]/g, "")
    .slice(0, 16);
  const stamp = `${date.replaceAll("-", "")}T${clock.slice(0, 5).replace(":", "")}Z`;
  const folder = `AWSLogs/${trail.account}/CloudTrail/${region}/${date.replaceAll("-", "/")}`;
  const { prefix } = trail.document;
  return `${prefix === undefined ? "" : `${prefix}/`}${folder}/${trail.account}_CloudTrail_${region}_${stamp}_${unique}.json.gz`;
}

/** A log file of records, which are JSON themselves. */
export function logFile(records: readonly string[]): Buffer {
  return gzipSync(`{"Records":[${records.join(",")}]}`);
}

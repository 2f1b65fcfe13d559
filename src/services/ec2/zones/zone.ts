import type { Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";

/** An availability zone. */
export interface Zone {
  /** `us-east-1a`. */
  readonly name: string;
  /** `use1-az1`. */
  readonly id: string;
}

/** Regions whose zones are not a, b and c (EC2 User Guide, "AWS Availability Zones"). */
const letters: Readonly<Record<string, string>> = {
  "us-east-1": "abcdef",
  "us-west-1": "ab",
  "us-west-2": "abcd",
  "ap-northeast-1": "acd",
  "ap-northeast-2": "abcd",
  "ca-central-1": "abd",
};

const directions: Readonly<Record<string, string>> = {
  north: "n",
  south: "s",
  east: "e",
  west: "w",
  central: "c",
  northeast: "ne",
  southeast: "se",
};

/** The zones of a region. AWS shuffles which id a letter has from account to account; here they go together. */
export function zonesOf(region: Region): readonly Zone[] {
  const [area = "", direction = "", number = ""] = region.split("-");
  const short = `${area}${directions[direction] ?? ""}${number}`;
  return [...(letters[region] ?? "abc")].map((letter, i) => ({
    name: region + letter,
    id: `${short}-az${i + 1}`,
  }));
}

/** The zone of a name or an id. Throws `InvalidParameterValue`. */
export function needZone(region: Region, wanted: string): Zone {
  const zones = zonesOf(region);
  const found = zones.find(({ name, id }) => name === wanted || id === wanted);
  if (found !== undefined) return found;
  throw new Fault(
    "InvalidParameterValue",
    `Value (${wanted.slice(0, 64)}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.map(({ name }) => name).join(", ")}.`,
  );
}

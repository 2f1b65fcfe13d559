import { useSearchParams } from "react-router";

/** Every commercial region, with its place (AWS General Reference, "AWS service endpoints"). */
export const regions: Readonly<Record<string, string>> = {
  "us-east-1": "N. Virginia",
  "us-east-2": "Ohio",
  "us-west-1": "N. California",
  "us-west-2": "Oregon",
  "af-south-1": "Cape Town",
  "ap-east-1": "Hong Kong",
  "ap-east-2": "Taipei",
  "ap-northeast-1": "Tokyo",
  "ap-northeast-2": "Seoul",
  "ap-northeast-3": "Osaka",
  "ap-south-1": "Mumbai",
  "ap-south-2": "Hyderabad",
  "ap-southeast-1": "Singapore",
  "ap-southeast-2": "Sydney",
  "ap-southeast-3": "Jakarta",
  "ap-southeast-4": "Melbourne",
  "ap-southeast-5": "Malaysia",
  "ap-southeast-6": "New Zealand",
  "ap-southeast-7": "Thailand",
  "ca-central-1": "Central Canada",
  "ca-west-1": "Calgary",
  "eu-central-1": "Frankfurt",
  "eu-central-2": "Zurich",
  "eu-north-1": "Stockholm",
  "eu-south-1": "Milan",
  "eu-south-2": "Spain",
  "eu-west-1": "Ireland",
  "eu-west-2": "London",
  "eu-west-3": "Paris",
  "il-central-1": "Tel Aviv",
  "me-central-1": "UAE",
  "me-south-1": "Bahrain",
  "mx-central-1": "Mexico",
  "sa-east-1": "São Paulo",
};

const key = "roadstead.region";
const first = "us-east-1";

/** The region that the address names (`?region=`), or that was chosen last. */
export function useRegion(): string {
  const [parameters] = useSearchParams();
  const named = parameters.get("region");
  return named !== null && named in regions ? named : lastRegion();
}

/** Keeps the choice for the next address without one. */
export function keepRegion(region: string): void {
  localStorage.setItem(key, region);
}

function lastRegion(): string {
  const kept = localStorage.getItem(key);
  return kept !== null && kept in regions ? kept : first;
}

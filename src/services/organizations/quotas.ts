/** User Guide, "Quotas for AWS Organizations". Those that AWS raises on request are not enforced: the number of accounts. */
export const quotas = {
  units: 2000,
  /** Levels of units beneath the root. */
  unitDepth: 5,
  policies: 10_000,
  /** Bytes. */
  policySize: 5120,
  /** Service control policies on one root, unit or account. */
  attachments: 5,
  tags: 50,
} as const;

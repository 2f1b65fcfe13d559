/** What one begins with who writes a policy. */
export const emptyPolicy = JSON.stringify(
  { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: [], Resource: "*" }] },
  null,
  2,
);

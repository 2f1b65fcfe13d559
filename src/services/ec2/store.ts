import type { Migration } from "../../store/types.ts";

/** The tables of EC2. */
export const migrations: readonly Migration[] = [];

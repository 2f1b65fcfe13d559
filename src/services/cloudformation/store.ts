import type { Migration } from "../../store/types.ts";
import { changeSetMigrations } from "./change-sets/change-set-store.ts";
import { stackMigrations } from "./stacks/stack-store.ts";

export const migrations: readonly Migration[] = [...stackMigrations, ...changeSetMigrations];

import { Fault } from "../kernel/fault.ts";
import {
  broken,
  type CompiledRule,
  type ConstraintRule,
  type ConstraintTable,
  compileRule,
  notNull,
} from "./constraints.ts";
import { compileOnce, lazily, lowerCamel, type Member, type Shape, type StructureShape } from "./shape.ts";
import { faultOf, type ValidationStyle, type Violation } from "./violations.ts";

/** Collects violations of a value; stops adding when there are enough. */
type Check = (value: unknown, path: string, found: Violation[]) => void;

/** AWS tells many violations at once; more than these help nobody. */
const maxViolations = 10;

/**
 * Compiles an operation's validator: required members, then length, range, pattern and enum.
 * The faults it answers: the style's; `SerializationException` for a fraction where the model has an integer.
 */
export function compileValidator(
  shape: StructureShape | undefined,
  table: ConstraintTable | undefined,
  style: ValidationStyle,
): (input: unknown) => Fault | undefined {
  if (shape === undefined) return () => undefined;
  const check = checker(shape, table);
  return (input) => {
    const found: Violation[] = [];
    try {
      check(input ?? {}, "", found);
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
    return faultOf(found, style);
  };
}

const checkers = new WeakMap<ConstraintTable, (shape: Shape) => Check>();
const noConstraints: ConstraintTable = { source: "", structures: {}, rules: {} };

function checker(shape: StructureShape, table: ConstraintTable = noConstraints): Check {
  let compiled = checkers.get(table);
  if (compiled === undefined) {
    compiled = compilerFor(table);
    checkers.set(table, compiled);
  }
  return compiled(shape);
}

function compilerFor(table: ConstraintTable): (shape: Shape) => Check {
  const ofStructure = compileOnce<Check>((shape) =>
    shape.kind === "structure" ? structureCheck(shape) : () => {},
  );
  const structureCheck = (shape: StructureShape): Check => {
    const members = lazily(() => {
      const ruleNames = table.structures[shape.name];
      return shape.members.map((member) => ({
        name: member.name,
        step: lowerCamel(member.name),
        required: member.required,
        check: concealing(member, ofTarget(member, ruleNames?.[member.name])),
      }));
    });
    return (value, path, found) => {
      const from = value as Readonly<Record<string, unknown>>;
      for (const { name, step, required, check } of members()) {
        if (found.length >= maxViolations) return;
        const item = from[name];
        if (item !== undefined && item !== null) check?.(item, path === "" ? step : `${path}.${step}`, found);
        else if (required) {
          found.push({ path: path === "" ? step : `${path}.${step}`, value: null, constraint: notNull });
        }
      }
    };
  };
  /** `undefined` when nothing below constrains anything. */
  const ofTarget = ({ shape }: Member, ruleName: string | undefined): Check | undefined => {
    const rule = ruleName === undefined ? undefined : table.rules[ruleName];
    switch (shape.kind) {
      case "structure":
        return ofStructure(shape);
      case "list":
        return listCheck(shape.item, rule);
      case "map":
        return mapCheck(shape.key, shape.value, rule);
      default:
        return rule === undefined ? undefined : scalarCheck(compileRule(rule));
    }
  };
  const listCheck = (item: Member, rule: ConstraintRule | undefined): Check => {
    const itemRule = rule?.item === undefined ? undefined : table.rules[rule.item];
    const scalar = isScalar(item.shape) && itemRule !== undefined ? compileRule(itemRule) : undefined;
    const nested = isScalar(item.shape) ? undefined : ofTarget(item, rule?.item);
    const checkSize = sizeCheck(rule);
    return (value, path, found) => {
      if (!Array.isArray(value)) return;
      checkSize(value, path, found);
      for (let i = 0; i < value.length && found.length < maxViolations; i++) {
        const one: unknown = value[i];
        if (one === null || one === undefined) {
          found.push({ path: `${path}.${i + 1}.member`, value: null, constraint: notNull });
        } else nested?.(one, `${path}.${i + 1}.member`, found);
      }
      // AWS: a list of scalars is told as a whole, with every constraint of its items.
      if (scalar !== undefined && value.some((one) => broken(scalar, one).length > 0)) {
        found.push({
          path,
          value,
          constraint: `Member must satisfy constraint: [${scalar.texts.join(", ")}]`,
        });
      }
    };
  };
  const mapCheck = (key: Member, value: Member, rule: ConstraintRule | undefined): Check => {
    const keyRule = rule?.key === undefined ? undefined : table.rules[rule.key];
    const keys = keyRule === undefined || !isScalar(key.shape) ? undefined : compileRule(keyRule);
    const valueRule = rule?.value === undefined ? undefined : table.rules[rule.value];
    const values = valueRule === undefined || !isScalar(value.shape) ? undefined : compileRule(valueRule);
    const nested = isScalar(value.shape) ? undefined : ofTarget(value, rule?.value);
    const checkSize = sizeCheck(rule);
    return (map, path, found) => {
      if (typeof map !== "object" || map === null) return;
      const entries = Object.entries(map);
      checkSize(entries, path, found);
      if (keys !== undefined && entries.some(([name]) => broken(keys, name).length > 0)) {
        found.push({
          path,
          value: map,
          constraint: `Map keys must satisfy constraint: [${keys.texts.join(", ")}]`,
        });
      }
      if (values !== undefined && entries.some(([, item]) => broken(values, item).length > 0)) {
        found.push({
          path,
          value: map,
          constraint: `Map value must satisfy constraint: [${values.texts.join(", ")}]`,
        });
      }
      for (const [name, item] of entries) {
        if (found.length >= maxViolations) return;
        if (item !== null && item !== undefined) nested?.(item, `${path}.${name}.member`, found);
      }
    };
  };
  return ofStructure;
}

/** Marks what is found in a secret member. */
function concealing(member: Member, check: Check | undefined): Check | undefined {
  if (check === undefined || !member.traits.sensitive) return check;
  return (value, path, found) => {
    const inside: Violation[] = [];
    check(value, path, inside);
    for (const violation of inside) found.push({ ...violation, sensitive: true });
  };
}

function isScalar(shape: Shape): boolean {
  return shape.kind !== "structure" && shape.kind !== "list" && shape.kind !== "map";
}

function scalarCheck(compiled: CompiledRule): Check {
  return (value, path, found) => {
    for (const constraint of broken(compiled, value)) found.push({ path, value, constraint });
  };
}

/** Of a list or map, a rule bounds the number of items. */
function sizeCheck({ min, max }: ConstraintRule = {}): Check {
  return scalarCheck(compileRule({ ...(min !== undefined && { min }), ...(max !== undefined && { max }) }));
}
